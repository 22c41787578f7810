import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';
import { ensureToolchain } from '../../toolchain/toolchain';

/** Exit code and output of a run of `pulumi`, with both streams in the order of arrival. */
export interface Run {
  exitCode: number;
  text: string;
}

/** A resource in the state file. */
export interface StateResource {
  urn: string;
  type: string;
  outputs: Record<string, unknown>;
}

/** A small Pulumi project with our Pulumi.yaml, in a temporary folder, with a file backend. */
export class TestProject {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-tools-'));
  readonly stack = 'dev';
  private readonly running = new Set<execa.ExecaChildProcess>();

  private constructor(private readonly bin: string) {}

  static async create(): Promise<TestProject> {
    const { bin } = await ensureToolchain((line) => process.stderr.write(`${line}\n`));
    const project = new TestProject(bin);
    const settings = fs.readFileSync(path.join(projectRoot, 'Pulumi.yaml'), 'utf8');
    project.write('Pulumi.yaml', settings.replace(/^name: .*$/m, 'name: tools-test'));
    project.write('package.json', '{"name": "tools-test", "private": true}');
    project.write('passphrase', 'a passphrase of the test');
    fs.mkdirSync(project.path('backend'));
    for (const name of ['node_modules', 'lib', 'toolchain']) {
      fs.symlinkSync(path.join(projectRoot, name), project.path(name));
    }
    project.program('');
    await project.pulumi('stack', 'init', project.stack);
    return project;
  }

  path(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  write(name: string, text: string): void {
    fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
    fs.writeFileSync(this.path(name), text);
  }

  read(name: string): string {
    return fs.readFileSync(this.path(name), 'utf8');
  }

  has(name: string): boolean {
    return fs.existsSync(this.path(name));
  }

  /** Writes the program, which can use `pulumi`, `command` and `here`, the project's folder. */
  program(text: string): void {
    this.write(
      'index.ts',
      `import * as pulumi from '@pulumi/pulumi';\nimport * as command from '@pulumi/command';\n` +
        `export const here: string = ${JSON.stringify(this.folder)};\nvoid pulumi;\nvoid command;\n${text}`,
    );
  }

  environment(): NodeJS.ProcessEnv {
    return {
      PATH: `${this.bin}${path.delimiter}${process.env.PATH ?? ''}`,
      PULUMI_BACKEND_URL: `file://${this.path('backend')}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: this.path('passphrase'),
      SSH_AUTH_SOCK: '',
    };
  }

  start(...args: string[]): execa.ExecaChildProcess {
    const run = execa('pulumi', ['--non-interactive', '--color', 'never', ...args], {
      cwd: this.folder,
      env: this.environment(),
      all: true,
      reject: false,
    });
    this.running.add(run);
    void run.finally(() => this.running.delete(run));
    return run;
  }

  async pulumi(...args: string[]): Promise<Run> {
    const { exitCode, all = '' } = await this.start(...args);
    return { exitCode, text: all };
  }

  /** Runs `pulumi up` without a preview; throws if it fails. */
  async up(...args: string[]): Promise<Run> {
    const run = await this.pulumi('up', '--yes', '--skip-preview', '--stack', this.stack, ...args);
    if (run.exitCode !== 0) {
      throw new Error(`pulumi up failed:\n${run.text}`);
    }
    return run;
  }

  async outputs(): Promise<Record<string, unknown>> {
    const { stdout } = await execa(
      'pulumi',
      ['stack', 'output', '--json', '--show-secrets', '--stack', this.stack],
      {
        cwd: this.folder,
        env: this.environment(),
      },
    );
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** The text of all files of the stack in the backend. */
  stateText(): string {
    const folder = this.path('backend', '.pulumi');
    const files = fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile());
    return files.map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8')).join('\n');
  }

  /** Resources of the current state, by name. */
  resources(): Record<string, StateResource> {
    const state = JSON.parse(this.read(`backend/.pulumi/stacks/tools-test/${this.stack}.json`)) as {
      checkpoint: { latest: { resources?: StateResource[] } };
    };
    const { resources = [] } = state.checkpoint.latest;
    return Object.fromEntries(resources.map((resource) => [resource.urn.split('::').pop() ?? '', resource]));
  }

  /** Kills runs of `pulumi` that have not ended, and removes the folder. */
  async remove(): Promise<void> {
    for (const run of this.running) {
      run.kill('SIGKILL');
    }
    await Promise.all(this.running);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
