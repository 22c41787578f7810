import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { quote } from '../../lib/quote';
import type { LabUnderTest } from './labUnderTest';

const scanEveryMilliseconds = 100;
/** A process may replace its arguments (exec, setproctitle), so all processes are read again after this time. */
const readAllEveryMilliseconds = 1000;

/**
 * Collects the argument lists of all processes of this machine, also of those on the sandbox's hosts, until it is
 * stopped. It may miss a process that ends between two scans.
 */
export class ArgumentWatch {
  readonly seen = new Set<string>();
  /** How often each running process was read. */
  private reads = new Map<string, number>();
  private readAllAt = 0;
  private readonly timer = setInterval(() => this.scan(), scanEveryMilliseconds);

  stop(): void {
    clearInterval(this.timer);
  }

  /** Reads the arguments of processes that have started since the last scan, or of all processes if it is time. */
  private scan(): void {
    if (Date.now() >= this.readAllAt) {
      this.reads.clear();
      this.readAllAt = Date.now() + readAllEveryMilliseconds;
    }
    const reads = new Map<string, number>();
    for (const pid of fs.readdirSync('/proc').filter((name) => /^\d/.test(name))) {
      const before = this.reads.get(pid) ?? 0;
      // Twice, because between fork and exec a process shows the arguments of its parent.
      if (before < 2) {
        this.read(pid);
      }
      reads.set(pid, before + 1);
    }
    this.reads = reads;
  }

  private read(pid: string): void {
    try {
      this.seen.add(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      // The process has ended.
    }
  }
}

/** All secrets of a lab: passwords and keys of TripleO, cephx keys, private keys, the passphrase. */
export async function secretsOf(lab: LabUnderTest, cephNodes: string[]): Promise<string[]> {
  const passwords = await lab.onUndercloud(
    `python3 -c 'import glob, yaml
def leaves(value):
    # the Fernet keys are files: {path: {"content": key}}
    return [leaf for part in value.values() for leaf in leaves(part)] if isinstance(value, dict) else [value]
for name in glob.glob("/home/stack/overcloud-deploy/*/*-passwords.yaml"):
    for value in leaves(yaml.safe_load(open(name))["parameter_defaults"]):
        for line in str(value).splitlines():
            if len(line) >= 10 and "-----" not in line: print(line)'`,
  );
  const keyrings = await Promise.all(
    cephNodes.map((node) => lab.onNode(node, `grep -hoP 'key = "?\\K[^"\\s]+' /etc/ceph/*.keyring`)),
  );
  const keys = await lab.onUndercloud('cat ~/.ssh/id_rsa');
  const passphrase = fs.readFileSync(path.join(lab.state, 'passphrase'), 'utf8');
  const operator = fs.readFileSync(path.join(lab.state, 'sandbox', 'id_ed25519'), 'utf8');
  const all = [passwords, ...keyrings, keys, passphrase, operator].join('\n').split('\n');
  // The client stores the fsid among its passwords, but an fsid is not secret.
  const fsid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  const lines = all.map((line) => line.trim()).filter((line) => line.length >= 10 && !line.includes('-----'));
  return [...new Set(lines.filter((line) => !fsid.test(line)))];
}

const searchedFolders = ['/etc', '/home', '/opt/dcn', '/root', '/run', '/srv', '/tmp', '/var'];

/**
 * Searches a host as `nobody` for files with one of the secrets on standard input. The last line is a canary, which is written
 * to a file that everybody can read: a search that finds this file works, and had the whole list.
 */
const searchAsNobody = `
patterns=$(cat)
canary=$(mktemp /tmp/canary.XXXXXX)
trap 'rm -f "$canary"' EXIT
echo "\${patterns##*$'\\n'}" > "$canary"
chmod 644 "$canary"
sudo -u nobody env LC_ALL=C grep -rlaF -D skip -f - ${searchedFolders.join(' ')} 2>/dev/null <<< "$patterns" || true
`;

/** The files of a host with one of the secrets that a user without any rights can read. */
export async function readableByOthers(
  lab: LabUnderTest,
  host: string,
  secrets: string[],
): Promise<string[]> {
  const input = [...secrets, `canary-${randomUUID()}`].join('\n');
  const { stdout } = await lab.ok(
    './dcn',
    ['--lab', lab.file, 'ssh', host, `bash -c ${quote(searchAsNobody)}`],
    input,
  );
  const files = stdout.split('\n').filter(Boolean);
  const isCanary = (file: string): boolean => file.startsWith('/tmp/canary.');
  expect(files.filter(isCanary)).toHaveLength(1);
  return files.filter((file) => !isCanary(file));
}
