import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';

/** The output of a program, standard error included, and its exit code. */
export interface Ended {
  output: string;
  /** Standard output alone. */
  stdout: string;
  exitCode: number;
}

/**
 * One person's checkout of the project. Its `./dcn sandbox node` is a stand-in that succeeds for every host.
 */
export class Checkout {
  constructor(
    readonly folder: string,
    /** Environment of all programs that it runs. */
    public env: NodeJS.ProcessEnv,
  ) {
    fs.mkdirSync(folder, { recursive: true });
    fs.mkdirSync(this.temporary);
    for (const name of [
      'cli',
      'components',
      'kit',
      'lib',
      'model',
      'sandbox',
      'stacks',
      'toolchain',
      'tools',
    ]) {
      fs.cpSync(path.join(projectRoot, name), path.join(folder, name), { recursive: true });
    }
    for (const name of ['Pulumi.yaml', 'package.json', 'package-lock.json', 'tsconfig.json', 'index.ts']) {
      fs.copyFileSync(path.join(projectRoot, name), path.join(folder, name));
    }
    fs.symlinkSync(path.join(projectRoot, 'node_modules'), path.join(folder, 'node_modules'));
    fs.writeFileSync(path.join(folder, 'dcn'), standIn, { mode: 0o755 });
  }

  /** Beside the checkout: a program that is killed leaves its temporary files there. */
  private get temporary(): string {
    return path.join(path.dirname(this.folder), 'tmp');
  }

  /** `pulumi ARGS…` */
  async pulumi(...args: string[]): Promise<Ended> {
    return this.start('pulumi', [...args, '--non-interactive', '--color', 'never']).ended;
  }

  /** `./dcn ARGS…` as it is shipped. */
  async dcn(...args: string[]): Promise<Ended> {
    return this.start(process.execPath, [path.join(this.folder, 'cli/start.cjs'), ...args]).ended;
  }

  /** The settings file of a stack, as Pulumi has written it; empty if there is none. */
  settings(stack: string): string {
    const file = path.join(this.folder, '.stacks', `Pulumi.${stack}.yaml`);
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  }

  /** Runs any program in this checkout. */
  start(program: string, args: string[]): { pid: number; ended: Promise<Ended> } {
    const env = { ...this.env, TMPDIR: this.temporary };
    const child = execa(program, args, { cwd: this.folder, env, reject: false, all: true });
    const ended = child.then(({ all, stdout, exitCode }) => ({ output: all as string, stdout, exitCode }));
    return { pid: child.pid as number, ended };
  }
}

const standIn = `#!/bin/sh
[ "$5" = create ] && echo "{\\"instanceId\\":\\"id-of-$6\\",\\"hostKey\\":\\"ssh-ed25519 AAAA\\"}"
exit 0
`;
