import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { commonFiles, copyFiles } from '../../../sandbox/hosts/files';
import { run } from '../../../sandbox/run';
import { projectRoot } from '../../../lib/paths';
import type { TestCloud } from './cloud';

/**
 * An undercloud with only the parts that provisioning needs: SSH, the account `stack` with its key, Python, TripleO's client
 * and templates. No service runs, so verbs of TripleO that need a service fail. Its address is that of the cloud's host, which
 * can be reached from the external network.
 */
export class BareUndercloud {
  static readonly address = '172.24.4.1';
  private process?: ChildProcess;

  /** @param directory for all files of the undercloud; absolute */
  constructor(private readonly directory: string) {}

  /**
   * Starts the undercloud.
   *
   * @param layers overlayfs' lower directories, topmost first: those of the sandbox's undercloud
   * @param authorized line of authorized_keys for the account
   * @returns the SSH host key, `ssh-ed25519 AAAA…`
   */
  async up(cloud: TestCloud, layers: string[], authorized: string): Promise<string> {
    const upper = path.join(this.directory, 'upper');
    for (const part of ['work', 'root', 'upper/etc/ssh']) {
      fs.mkdirSync(path.join(this.directory, part), { recursive: true });
    }
    copyFiles([path.join(projectRoot, 'sandbox', 'undercloud', 'files'), commonFiles], upper);
    const key = path.join(upper, 'etc/ssh/ssh_host_ed25519_key');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const script = path.join(__dirname, 'bare-undercloud.sh');
    const words = [this.directory, layers.join(':'), BareUndercloud.address, authorized];
    this.process = cloud.startBeside(['bash', script, ...words]);
    this.process.stdout?.resume();
    this.process.stderr?.pipe(fs.createWriteStream(path.join(this.directory, 'log')));
    return fs.readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  }

  /** Stops the undercloud; the caller removes the directory. */
  async down(): Promise<void> {
    const ended = new Promise((resolve) => this.process?.once('exit', resolve));
    if (this.process?.exitCode === null && this.process.kill('SIGKILL')) {
      await ended;
    }
  }
}
