import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { isRunning } from '../../lib/isRunning';
import { projectRoot } from '../../lib/paths';
import { folderOfEachTest } from '../folderOfEachTest';
import { until } from '../kit/undercloud';

jest.setTimeout(120_000);

/* A run of tests that is interrupted takes its lab down. */

const folder = folderOfEachTest();

interface Run {
  child: ChildProcess;
  /** What the program has printed on both streams, with the processes that it has left. */
  printed: () => string;
}

function run(program: string, args: string[], cwd = projectRoot): Run {
  const child = spawn(program, args, { cwd });
  let printed = '';
  [child.stdout, child.stderr].forEach((stream) =>
    stream.on('data', (data: Buffer) => (printed += data.toString())),
  );
  return { child, printed: () => printed };
}

/** A program that makes a lab for a test, and another, which it removes; starts a command of the lab, and does not end. */
function testProgram(): string {
  const file = path.join(folder(), 'tests.ts');
  fs.writeFileSync(
    file,
    `import { LabUnderTest } from ${JSON.stringify(path.join(projectRoot, 'test/sandbox/labUnderTest'))};
     new LabUnderTest('gone' + process.pid).remove();
     const lab = new LabUnderTest('left' + process.pid);
     lab.write(() => 'no lab file');
     const command = lab.start('sleep', ['600']);
     console.log(JSON.stringify({ pid: process.pid, command: command.pid, directory: lab.directory }));
     setInterval(() => undefined, 1000);`,
  );
  return file;
}

/** What `testProgram` has printed. */
async function begun({ printed }: Run): Promise<{ pid: number; command: number; directory: string }> {
  const line = /^{.*}$/m;
  await until(() => line.test(printed()), 'the lab of the test');
  return JSON.parse(line.exec(printed())![0]) as { pid: number; command: number; directory: string };
}

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'the lab of tests that %s ends is taken down, and its commands are ended',
  async (signal) => {
    const tests = run('node_modules/.bin/tsx', [testProgram()]);
    const { pid, command, directory } = await begun(tests);
    process.kill(pid, signal);
    await until(() => !fs.existsSync(directory), `the end of the lab; printed: ${tests.printed()}`);
    await until(() => !isRunning(command), 'the end of the command');
    await until(() => tests.printed().includes(`Lab left${pid} is gone.`), 'the last line');
    expect(tests.printed()).not.toContain(`gone${pid}`);
  },
);

test('a tool that runs tests with random inputs hands a signal on, so that the lab is taken down', async () => {
  const program = path.join(folder(), 'tool.ts');
  const module = JSON.stringify(path.join(projectRoot, 'tools/randomTests'));
  const command = JSON.stringify([path.join(projectRoot, 'node_modules/.bin/tsx'), testProgram()]);
  fs.writeFileSync(
    program,
    `import { runToItsEnd } from ${module};
     console.log('tool ' + process.pid);
     void runToItsEnd(${command} as [string, ...string[]], {}).then(() => console.log('report'));`,
  );
  const tool = run('node_modules/.bin/tsx', [program]);
  const { pid, directory } = await begun(tool);
  process.kill(Number(/^tool (\d+)$/m.exec(tool.printed())?.[1]), 'SIGTERM');
  await until(() => !fs.existsSync(directory), `the end of the lab; printed: ${tool.printed()}`);
  await until(() => tool.printed().includes(`Lab left${pid} is gone.`), 'the last line');
  expect(tool.printed()).toContain('report');
});

/** Runs the script until the end of its input, with a `./dcn` that notes its call and exits with `code`. */
async function takeDown(code: number): Promise<{ printed: string; call: string; lab: string }> {
  const lab = path.join(folder(), 'lab');
  fs.mkdirSync(path.join(lab, 'state/x/pulumi'), { recursive: true });
  const call = path.join(folder(), 'call');
  const dcn = `#!/bin/bash\n{ echo "$GLANCE_DCN_STATE" "$@"; cat "$2"; } >${call}\nexit ${code}\n`;
  fs.writeFileSync(path.join(folder(), 'dcn'), dcn, { mode: 0o755 });
  const { child, printed } = run(path.join(projectRoot, 'test/sandbox/takeDown.sh'), [], folder());
  child.stdin?.end(`${lab}/Pulumi.x.yaml\n${lab}/state\nconfig: {}\n`);
  await new Promise((resolve) => child.once('close', resolve));
  return { printed: printed(), call: fs.readFileSync(call, 'utf8'), lab };
}

test('a lab is taken down by the sandbox, with a valid lab file, and its folder goes', async () => {
  const { call, lab } = await takeDown(0);
  expect(call).toBe(`${lab}/state --lab ${lab}/Pulumi.x.yaml sandbox down\nconfig: {}\n`);
  expect(fs.existsSync(lab)).toBe(false);
});

test('a lab that cannot be taken down keeps its folder, and the message has the command', async () => {
  const { printed, lab } = await takeDown(1);
  expect(printed).toContain(
    `Lab x is still there; by hand: GLANCE_DCN_STATE=${lab}/state ./dcn --lab ${lab}/Pulumi.x.yaml sandbox down`,
  );
  expect(fs.existsSync(`${lab}/state/x`)).toBe(true);
});

test('another lab of the same tests keeps its folder', async () => {
  const other = path.join(folder(), 'lab/state/y');
  fs.mkdirSync(other, { recursive: true });
  await takeDown(0);
  expect(fs.existsSync(other)).toBe(true);
});
