import * as fs from 'node:fs';
import * as path from 'node:path';
import { quote } from '../../lib/quote';
import type { LabUnderTest } from './labUnderTest';

/**
 * Collects the argument lists of every process of this machine, those on the sandbox's hosts among them, until it is
 * stopped. A process that lives for less than the pause between two looks may be missed.
 */
export class ArgumentWatch {
  readonly seen = new Set<string>();
  private readonly timer = setInterval(() => this.look(), 100);

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        this.seen.add(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        // It has ended since.
      }
    }
  }
}

/** Every secret that a lab has by now: passwords and keys of TripleO, cephx keys, private keys, the passphrase. */
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
  // The client keeps the fsid among its passwords; it is none.
  const fsid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  const lines = all.map((line) => line.trim()).filter((line) => line.length >= 10 && !line.includes('-----'));
  return [...new Set(lines.filter((line) => !fsid.test(line)))];
}

const readers = `
import os, sys
secrets = [line.encode() for line in sys.stdin.read().splitlines()]
for top in ("/etc", "/home", "/opt/dcn", "/root", "/run", "/srv", "/tmp", "/var"):
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                try:
                    with open(path, "rb") as file:
                        text = file.read(32 << 20)
                except OSError:
                    continue
                if any(secret in text for secret in secrets):
                    print(path)
`;

/** The files of a host that hold one of the secrets and that a user without any rights can read. */
export async function readableByOthers(
  lab: LabUnderTest,
  host: string,
  secrets: string[],
): Promise<string[]> {
  const command = `sudo -u nobody python3 -c ${quote(readers)}`;
  const { stdout } = await lab.ok('./dcn', ['--lab', lab.file, 'ssh', host, command], secrets.join('\n'));
  return stdout.split('\n').filter(Boolean);
}
