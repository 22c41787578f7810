import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { projectRoot } from '../../lib/paths';
import { withoutMarks } from '../../kit/marks';
import { contractFault } from './contract';

const kitSource = path.join(projectRoot, 'kit');
/** Directory of the fake programs. */
export const fakes = path.join(__dirname, 'fakes');

/** Result of one call of the kit. */
export interface Ended {
  /** Exit code; -1 if a signal ended it. */
  code: number;
  stdout: string;
  /** As people read it: lines without marks. */
  stderr: string;
  /** With marks, as programs read it. */
  marked: string;
  seconds: number;
}

/** A call of the kit under way. */
export interface Running {
  pid: number;
  ended: Promise<Ended>;
  /** Resolves once stderr has a line that matches. */
  says(pattern: RegExp): Promise<void>;
  /** Resolves once stdout matches. */
  prints(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Writes to its standard input, which stays open. */
  input(text: string): void;
  /** Closes its output, as a lost connection does. */
  abandon: () => void;
  /** Writes `text` to its standard input and closes it. */
  endInput(text?: string): void;
}

/** The process of a verb. */
export type KitProcess = Pick<
  ChildProcessWithoutNullStreams,
  'pid' | 'stdin' | 'stdout' | 'stderr' | 'kill' | 'on'
>;

/** One call of the fake `openstack`. */
export interface Call {
  words: string;
  /** Nanoseconds of the clock. */
  begin: bigint;
  /** Undefined: it runs, or was killed. */
  end?: bigint;
}

/** Fields of a job's document that tests set; `commands` and `teardown` are lines of words. */
export interface JobFields {
  commands?: string[];
  teardown?: string[];
  files?: Record<string, string>;
  results?: string[];
  digests?: Record<string, string>;
  fragments?: { stores: string; ceph: string };
  after?: Record<string, string>;
  nodes?: Record<string, string>;
  lock?: string;
  limitMinutes?: number;
}

/**
 * A home directory of an undercloud's user with the real kit of one or several labs. Fakes of `openstack`, `ssh`, `rbd` and
 * other programs (in `fakes/`) are first on PATH, also in login shells.
 */
export class TestUndercloud {
  readonly home: string;
  private readonly running = new Set<Running>();

  /** @param parent directory in which the home is made */
  constructor(labs = ['dev'], parent = os.tmpdir()) {
    this.home = fs.mkdtempSync(path.join(parent, 'kit-test-'));
    this.write('.bash_profile', `export PATH=${fakes}:$PATH\n`);
    // Fake nodes and containers use the same Python, not one of a version manager.
    fs.mkdirSync(this.path('bin'));
    fs.symlinkSync(python(), this.path('bin/python3'));
    for (const lab of labs) {
      this.upload(lab, 'first');
      fs.symlinkSync('kits/first', path.join(this.lab(lab), 'kit'));
    }
  }

  /** Copies the kit into a folder of a lab, as `pulumi up` of the lab stack does. */
  upload(lab: string, folder: string): void {
    const target = path.join(this.lab(lab), 'kits', folder);
    fs.cpSync(compiledKit(), target, { recursive: true, preserveTimestamps: true });
  }

  /** A lab's directory. */
  lab(name = 'dev'): string {
    return path.join(this.home, 'dcn', name);
  }

  path(relative: string): string {
    return path.join(this.home, relative);
  }

  write(relative: string, text: string): void {
    const file = this.path(relative);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }

  read(relative: string): string {
    return fs.readFileSync(this.path(relative), 'utf8');
  }

  exists(relative: string): boolean {
    return fs.existsSync(this.path(relative));
  }

  /** Sets the bash code that the fake `openstack` runs in each call; `$all` has the arguments. */
  behave(script: string): void {
    this.write('behave', `${script}\n`);
  }

  /** Adds Python code to the start of each process of a lab's kit, for faults of the system. */
  inject(code: string, lab = 'dev'): void {
    const file = path.join(this.lab(lab), 'kit/__main__.py');
    fs.writeFileSync(file, `${code}\n${fs.readFileSync(file, 'utf8')}`);
  }

  /** Calls of the fake `openstack` whose arguments match, in order. */
  calls(pattern = /./): Call[] {
    const found: Call[] = [];
    // The last line may be about to be written.
    const lines = this.exists('calls') ? this.read('calls').split('\n').slice(0, -1) : [];
    for (const line of lines) {
      const [, at, what, words] = /^(\d+) (begin|end) (.*)$/.exec(line) as unknown as [
        string,
        string,
        string,
        string,
      ];
      const open = found.find((call) => call.words === words && call.end === undefined);
      if (what === 'end' && open) {
        open.end = BigInt(at);
      } else {
        found.push({ words, begin: BigInt(at) });
      }
    }
    return found.filter(({ words }) => pattern.test(words));
  }

  /** Starts a verb of the kit. */
  start(words: string[], stdin = '', lab = 'dev'): Running {
    const running = this.open(words, lab);
    running.endInput(stdin);
    return running;
  }

  /** Starts a verb of the kit whose standard input stays open. `ended` rejects for an answer that breaks kit/verbs.ts. */
  open(words: string[], lab = 'dev'): Running {
    const began = process.hrtime.bigint();
    const child = this.spawn(words, lab);
    let stdout = '';
    let stderr = '';
    let heard = true;
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString('utf8')));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString('utf8')));
    child.stdin.on('error', () => undefined);
    const running: Running = {
      pid: child.pid as number,
      ended: new Promise((resolve, reject) =>
        child.on('close', (code) => {
          this.running.delete(running);
          const fault = code === 0 && heard ? contractFault(words, stdout) : undefined;
          if (fault !== undefined) {
            reject(new Error(`kit ${words.join(' ')}: ${fault}`));
            return;
          }
          resolve({
            code: code ?? -1,
            stdout,
            stderr: withoutMarks(stderr),
            marked: stderr,
            seconds: Number(process.hrtime.bigint() - began) / 1e9,
          });
        }),
      ),
      says: (pattern) => until(() => pattern.test(stderr), `stderr ${pattern}, has: ${stderr}`),
      prints: (pattern) => until(() => pattern.test(stdout), `stdout ${pattern}, has: ${stdout}`),
      kill: (signal) => void child.kill(signal),
      input: (text) => void child.stdin.write(text),
      abandon: () => {
        heard = false;
        [child.stdout, child.stderr].forEach((stream) => stream.destroy());
      },
      endInput: (text = '') => void child.stdin.end(text),
    };
    this.running.add(running);
    return running;
  }

  protected spawn(words: string[], lab: string): KitProcess {
    return spawn(python(), [path.join(this.lab(lab), 'kit'), ...words], {
      env: { HOME: this.home, PATH: `${fakes}:${this.path('bin')}:${process.env.PATH}` },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** Runs a verb of the kit to its end. */
  kit(words: string[], stdin = '', lab = 'dev'): Promise<Ended> {
    return this.start(words, stdin, lab).ended;
  }

  /** Runs a verb of the kit that must succeed, and gives the JSON that it answers. */
  async json<T = Record<string, unknown>>(words: string[], stdin = '', lab = 'dev'): Promise<T> {
    const { code, stdout, stderr } = await this.kit(words, stdin, lab);
    if (code !== 0) {
      throw new Error(`kit ${words.join(' ')}: exit ${code}: ${stderr}`);
    }
    return JSON.parse(stdout) as T;
  }

  /** A job's document, as text. */
  job(name: string, fields: JobFields = {}, lab = 'dev'): string {
    const { commands = [], teardown = [], ...rest } = fields;
    return stringify({
      job: name,
      directory: this.lab(lab),
      commands: commands.map((line) => line.split(' ')),
      limitMinutes: 5,
      ...rest,
      teardown: teardown.map((line) => line.split(' ')),
    });
  }

  /** `job run` of a document. */
  run(document: string, lab = 'dev'): Promise<Ended> {
    return this.kit(['job', 'run'], document, lab);
  }

  /** The record of a job's latest run, or of run `number`. */
  record(job: string, number?: number, lab = 'dev'): Record<string, unknown> {
    const file = number === undefined ? 'state.json' : `runs/${number}.json`;
    return JSON.parse(fs.readFileSync(path.join(this.lab(lab), 'jobs', job, file), 'utf8')) as Record<
      string,
      unknown
    >;
  }

  /** State of a job's latest run; undefined: the job has not run yet. */
  state(job: string, lab = 'dev'): unknown {
    const started = fs.existsSync(path.join(this.lab(lab), 'jobs', job, 'state.json'));
    return started ? this.record(job, undefined, lab).state : undefined;
  }

  /** How many runs of a job are on record. */
  runs(job: string, lab = 'dev'): number {
    const directory = path.join(this.lab(lab), 'jobs', job, 'runs');
    return fs.existsSync(directory)
      ? fs.readdirSync(directory).filter((name) => name.endsWith('.json')).length
      : 0;
  }

  /** Ids of live processes that were started in this home and whose command line matches. */
  processes(pattern = /(?:)/): number[] {
    const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map(Number).filter((pid) => this.owns(pid, pattern));
  }

  /** kill -9 of the supervisors of all jobs, and of no other process. */
  killSupervisors(): void {
    this.kill(/\0supervise\0/);
  }

  /** kill -9 of all processes whose command line matches, as far as they have not ended; gives their number. */
  kill(pattern?: RegExp): number {
    const pids = this.processes(pattern);
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
          throw error;
        }
      }
    }
    return pids.length;
  }

  /** Removes the home and kills the processes that the test has left; gives their number. */
  async close(): Promise<number> {
    await Promise.all([...this.running].map(({ kill, ended }) => (kill('SIGKILL'), ended)));
    // A supervisor exits soon after it has recorded its outcome.
    for (let tries = 0; this.processes().length > 0 && tries < 30; tries += 1) {
      await sleep(0.1);
    }
    const left = this.kill();
    fs.rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
    return left;
  }

  private owns(pid: number, pattern: RegExp): boolean {
    const read = (name: string): string => fs.readFileSync(`/proc/${pid}/${name}`, 'utf8');
    try {
      const alive = !/^\d+ \(.*\) Z/s.test(read('stat'));
      return (
        alive && pattern.test(read('cmdline')) && read('environ').split('\0').includes(`HOME=${this.home}`)
      );
    } catch {
      return false;
    }
  }
}

/**
 * A test's body with its own undercloud, so that tests can run side by side. The test fails if it leaves a process.
 *
 * @param labs names of the labs that have a kit on the undercloud
 */
export function within(work: (here: TestUndercloud) => Promise<void>, labs?: string[]): () => Promise<void> {
  return async () => {
    const here = new TestUndercloud(labs);
    let left = 0;
    try {
      await work(here);
    } finally {
      left = await here.close();
    }
    if (left > 0) {
      throw new Error(`the test has left ${left} processes`);
    }
  };
}

export const sleep = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Waits until `test` holds. @throws Error that names `what` if it does not hold after `seconds` */
export async function until(test: () => boolean, what: string, seconds = 60): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !test(); await sleep(0.05)) {
    if (Date.now() > end) {
      throw new Error(`waited in vain for ${what}`);
    }
  }
}

let interpreter: string | undefined;

/**
 * A Python that can run the kit: KIT_PYTHON, or the first on this machine with PyYAML; installs PyYAML if none has it. The
 * distribution's Python comes first, as on an undercloud: it starts faster than those of version managers.
 */
export function python(): string {
  interpreter ??= findPython();
  if (!interpreter) {
    const install = "require('./lib/debianPackages').ensureSystemPackages(['python3-yaml'], console.error)";
    execFileSync('node_modules/.bin/tsx', ['-e', install], { cwd: projectRoot });
    interpreter = findPython();
  }
  if (!interpreter) {
    throw new Error('tests of the kit need a python3 with PyYAML: apt-get install python3-yaml');
  }
  return interpreter;
}

function findPython(): string | undefined {
  return [process.env.KIT_PYTHON ?? '', '/usr/bin/python3', 'python3']
    .filter(Boolean)
    .map((name) => spawnSync(name, ['-c', 'import sys, yaml; print(sys.executable)'], { encoding: 'utf8' }))
    .find(({ status }) => status === 0)
    ?.stdout.trim();
}

let compiled: string | undefined;

// The benchmark uses this module without jest, and compiles no kit.
if ('afterAll' in globalThis) {
  afterAll(() => compiled && fs.rmSync(compiled, { recursive: true, force: true }));
}

/** A copy of the kit with its bytecode, as an undercloud has it after the first call. */
export function compiledKit(): string {
  if (!compiled) {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'kit-'));
    compiled = directory;
    fs.cpSync(kitSource, directory, {
      recursive: true,
      filter: (name) => fs.statSync(name).isDirectory() || /\.(py|sh)$/.test(name),
    });
    spawnSync(python(), ['-m', 'compileall', '-q', directory]);
  }
  return compiled;
}
