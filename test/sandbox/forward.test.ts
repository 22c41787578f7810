import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ensureForward, forwarder } from '../../sandbox/network/forward';
import { namespaceFile, routerNamespace } from '../../sandbox/network/names';
import type { SandboxPaths } from '../../sandbox/paths';

/* A running forwarder, as an earlier version of this project or another checkout started it; a script that sleeps stands in. */

let folder: string;
let child: ChildProcess;
const paths = (): SandboxPaths => ({ lab: 'other', run: folder }) as SandboxPaths;

beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'))));
afterEach(() => {
  child.kill('SIGKILL');
  fs.rmSync(folder, { recursive: true });
});

async function start(name: string, lab: string): Promise<void> {
  const script = path.join(folder, name);
  fs.writeFileSync(script, 'print("listening", flush=True)\nwhile True: __import__("time").sleep(9)\n');
  const args = [script, '2222', namespaceFile(routerNamespace(lab)), '10.0.0.2', '22'];
  child = spawn('python3', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  fs.writeFileSync(path.join(folder, 'forward.pid'), `${child.pid}\n`);
}

test('a forwarder, which outlives its starter, has no secret of it in its environment', async () => {
  await start('forward.py', 'third');
  const program = path.join(folder, 'python3');
  fs.writeFileSync(program, `#!/bin/bash\nenv >${folder}/environment\necho listening\nexec sleep 60\n`, {
    mode: 0o755,
  });
  const before = { ...process.env };
  process.env.PATH = `${folder}:${before.PATH}`;
  process.env.PULUMI_CONFIG_PASSPHRASE = 'hush';
  try {
    await ensureForward(paths(), 2222, '10.0.0.2');
    expect(fs.readFileSync(path.join(folder, 'environment'), 'utf8')).not.toMatch(/PULUMI|hush/);
  } finally {
    process.env = before;
    process.kill(Number(fs.readFileSync(path.join(folder, 'forward.pid'), 'utf8')), 'SIGKILL');
  }
});

test('a forwarder is known wherever its script lies', async () => {
  await start('forward.py', 'other');
  expect(forwarder(paths())).toEqual({ pid: child.pid, port: 2222 });
});

test.each([
  ['of another lab', 'forward.py', 'third'],
  ['that runs another script', 'backward.py', 'other'],
])('a process %s is no forwarder of the lab', async (_, name, lab) => {
  await start(name, lab);
  expect(forwarder(paths())).toBeUndefined();
});
