import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { RunOptions } from '../../cli/run/labRun';
import type { WaveOptions } from '../../cli/run/waves';
import { projectRoot } from '../../lib/paths';
import { until } from '../kit/undercloud';

/*
 * Runs of a lab's stacks with a fake `pulumi` that files control: it logs the engine events of
 * `events-STACK`, waits while `hold-STACK` exists, fails if `fail-STACK` exists, and ends at the first SIGINT, or at the
 * second if `stubborn-STACK` exists. It prints `locked-STACK` and fails, if that exists.
 */
const fakePulumi = `#!/bin/bash
stack=$3
log() { echo "$1 $stack" >> "$FOLDER/log"; }
interrupted() {
  log int
  [[ -e $FOLDER/stubborn-$stack ]] || exit 130
  rm "$FOLDER/stubborn-$stack"
}
trap interrupted INT
log start
if [[ -e $FOLDER/locked-$stack ]]; then
  cat "$FOLDER/locked-$stack"
  exit 255
fi
log "group-$(ps -o pgid= $$ | tr -d ' ')"
[[ -e $FOLDER/events-$stack ]] && cp "$FOLDER/events-$stack" "\${@: -1}"
while [[ -e $FOLDER/hold-$stack ]]; do sleep 0.02; done
if [[ -e $FOLDER/fail-$stack ]]; then
  echo 'dcn0/ceph-deploy: run 2 failed after 5s: no space [dcn:failed job="dcn0/ceph-deploy" log="/j/2.log"]'
  exit 1
fi
log end
`;

/** How a run ended. */
export interface EndedRun {
  code: number | null;
  said: string;
}

/** The runs of one test. */
export interface FakeRuns {
  /** The test's folder, which the next test does not have; it has a copy of the shipped lab file. */
  folder(): string;
  /** Makes one of the files that control `pulumi`. */
  put(name: string): void;
  /** Removes one of them. */
  take(name: string): void;
  /** Starts a program called `pulumi` that holds a stack's lock until the function that this gives is called. */
  lock(stack: string): () => void;
  /** What `pulumi` has logged. */
  log(): string[];
  /** Resolves when `pulumi` has logged a line. */
  logged(line: string): Promise<void>;
  /** Files that runs left in the folder for temporary files. */
  left(): string[];
  /** Starts a run of a lab file in the folder. */
  start(
    options?: RunOptions & WaveOptions,
    labFile?: string,
  ): { child: ChildProcess; ended: Promise<EndedRun> };
}

/** Gives each test of a file its own runs. */
export function runsOfEachTest(): FakeRuns {
  let folder: string;
  let children: ChildProcess[];
  const before = { ...process.env };
  beforeEach(() => {
    children = [];
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
    fs.mkdirSync(path.join(folder, 'tmp'));
    fs.writeFileSync(path.join(folder, 'pulumi'), fakePulumi, { mode: 0o755 });
    fs.copyFileSync(path.join(projectRoot, 'Pulumi.dev.yaml'), path.join(folder, 'Pulumi.dev.yaml'));
    process.env.GLANCE_DCN_STATE = path.join(folder, 'state');
  });
  afterEach(() => {
    children.forEach((child) => child.kill('SIGKILL'));
    process.env = { ...before };
    // A waiting `pulumi` ends when its hold file does not exist any more.
    fs.rmSync(folder, { recursive: true });
  });
  const log = (): string[] => {
    const file = path.join(folder, 'log');
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  return {
    folder: () => folder,
    put: (name) => fs.writeFileSync(path.join(folder, name), ''),
    take: (name) => fs.rmSync(path.join(folder, name)),
    lock(stack) {
      const program = path.join(folder, 'other', 'pulumi');
      fs.mkdirSync(path.dirname(program), { recursive: true });
      fs.copyFileSync('/bin/sleep', program);
      fs.chmodSync(program, 0o755);
      const owner = spawn(program, ['600'], { stdio: 'ignore' });
      children.push(owner);
      const refusal = path.join(folder, `locked-${stack}`);
      const since = '2026-03-14T09:26:53Z';
      fs.writeFileSync(
        refusal,
        `  file://${folder}/lock: created by ann@${os.hostname()} (pid ${owner.pid}) at ${since}\n`,
      );
      return () => {
        fs.rmSync(refusal);
        owner.kill('SIGKILL');
      };
    },
    log,
    logged: (line) => until(() => log().includes(line), line),
    left: () => fs.readdirSync(path.join(folder, 'tmp')).filter((name) => name.startsWith('dcn-')),
    start(options = {}, labFile = 'Pulumi.dev.yaml') {
      const runner = path.join(projectRoot, 'toolchain/bundle.cjs');
      const driver = path.join(__dirname, 'runDriver.ts');
      const words = [runner, driver, path.join(folder, labFile), JSON.stringify(options)];
      const child = spawn(process.execPath, words, {
        env: {
          ...process.env,
          FOLDER: folder,
          TMPDIR: path.join(folder, 'tmp'),
          PATH: `${folder}:${process.env.PATH}`,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(child);
      let said = '';
      child.stdout.on('data', (data: Buffer) => (said += data.toString()));
      child.stderr.on('data', (data: Buffer) => (said += data.toString()));
      const ended = new Promise<EndedRun>((resolve) => child.on('close', (code) => resolve({ code, said })));
      return { child, ended };
    },
  };
}
