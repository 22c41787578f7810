import * as fs from 'node:fs';
import * as path from 'node:path';
import { isRunning } from '../../lib/isRunning';
import { TestProject } from './project';
import { startSshd, type TestSshd } from './sshd';

jest.setTimeout(180_000);

let project: TestProject;
let target: TestSshd;
let bastion: TestSshd;

beforeAll(async () => {
  project = await TestProject.create();
  [target, bastion] = await Promise.all([
    startSshd(project.path('target')),
    startSshd(project.path('bastion')),
  ]);
});
afterAll(async () => {
  await Promise.all([target.stop(), bastion.stop()]);
  await project.remove();
});

function connection(server: TestSshd): string {
  const { host, port, user, privateKey, hostKey } = server;
  return JSON.stringify({ host, port, user, privateKey, hostKey, dialErrorLimit: 2 });
}

/** Writes a program that can use `connection`, the connection to the target. */
function program(text: string): void {
  project.program(`const connection = ${connection(target)};\n${text}`);
}

function secretsOf(server: TestSshd): string[] {
  return server.privateKey.split('\n').filter((line) => line.length > 20 && !line.startsWith('---'));
}

describe('remote.Command', () => {
  const life = (stdin: string, trigger: string): void =>
    program(`
      export const plain = new command.remote.Command('plain', {
        connection,
        create: 'echo out; echo err >&2; echo created >> ' + here + '/plain.log',
        update: 'cat; echo " after $PULUMI_COMMAND_STDOUT"; echo updated >> ' + here + '/plain.log',
        delete: '(cat; echo " deleted") >> ' + here + '/plain.log',
        stdin: ${JSON.stringify(stdin)},
      });
      export const again = new command.remote.Command('again', {
        connection,
        create: 'echo ${stdin} >> ' + here + '/again.log',
        addPreviousOutputInEnv: false,
      });
      export const replaced = new command.remote.Command('replaced', {
        connection,
        create: 'echo created ${trigger} >> ' + here + '/replaced.log',
        delete: 'echo deleted ${trigger} >> ' + here + '/replaced.log',
        triggers: ['${trigger}'],
      });
      export const hidden = new command.remote.Command('hidden', {
        connection,
        create: 'cat; echo; echo $TEST_WORD',
        stdin: pulumi.secret('openSesame\\n'),
        environment: { TEST_WORD: 'fromEnvironment' },
        logging: 'none',
      }, { additionalSecretOutputs: ['stdout', 'stderr'] });
      export const long = new command.remote.Command('long', {
        connection,
        create: 'head -c 200000 /dev/zero | tr "\\\\0" x; echo; echo done',
      }).stdout.apply((text) => text.length);
      export const nothing = new command.remote.Command('nothing', { connection });
      const fourHaveBegun = 'for i in $(seq 300); do set -- ' + here + '/many.*; [ $# -ge 4 ] && break; sleep 0.1; done; [ $# -ge 4 ] || exit';
      export const many = Array.from({ length: 12 }, (_, n) => new command.remote.Command('many' + n, {
        connection,
        create: 'touch ' + here + '/many.' + n + '; ' + fourHaveBegun + '; echo ' + n,
      }).stdout);
    `);

  test('in a preview its outputs are unknown, and nothing runs', async () => {
    life('one', 'a');
    const preview = await project.pulumi('preview', '--json', '--stack', 'dev');
    const steps = JSON.parse(preview.text.slice(preview.text.indexOf('{'))) as {
      changeSummary: { create: number };
    };
    expect(steps.changeSummary.create).toBe(19);
    expect(project.has('plain.log')).toBe(false);
  });

  test('create runs each command once, several in parallel', async () => {
    await project.up();
    const outputs = await project.outputs();
    expect(outputs.plain).toMatchObject({ stdout: 'out', stderr: 'err' });
    expect(outputs.hidden).toMatchObject({ stdout: 'openSesame\n\nfromEnvironment' });
    expect(outputs.long).toBe(200_005);
    expect(outputs.nothing).toMatchObject({ stdout: '', stderr: '' });
    expect(outputs.many).toEqual(Array.from({ length: 12 }, (_, n) => String(n)));
    expect(project.read('plain.log')).toBe('created\n');
  });

  test('keys and secrets are encrypted in the state', () => {
    const state = project.stateText();
    expect(secretsOf(target).length).toBeGreaterThan(2);
    for (const secret of [...secretsOf(target), 'openSesame']) {
      expect(state).not.toContain(secret);
    }
  });

  test('without changed inputs nothing changes', async () => {
    const preview = await project.pulumi('preview', '--expect-no-changes', '--stack', 'dev');
    expect(preview.exitCode).toBe(0);
    const refresh = await project.pulumi('refresh', '--yes', '--expect-no-changes', '--stack', 'dev');
    expect(refresh.exitCode).toBe(0);
  });

  test('a changed input updates, a changed trigger replaces, and the preview shows the difference', async () => {
    life('two', 'b');
    const preview = await project.pulumi('preview', '--diff', '--stack', 'dev');
    expect(preview.text).toMatch(/stdin *: "one" => "two"/);
    expect(preview.text).toContain('~ 2 to update');
    expect(preview.text).toContain('+-1 to replace');
    await project.up();
    const outputs = await project.outputs();
    expect(outputs.plain).toMatchObject({ stdout: 'two after out', stderr: '' });
    expect(project.read('plain.log')).toBe('created\nupdated\n');
    expect(project.read('again.log')).toBe('one\ntwo\n');
    expect(project.read('replaced.log')).toBe('created a\ncreated b\ndeleted a\n');
  });

  test('destroy runs delete, with stdin', async () => {
    const destroy = await project.pulumi('destroy', '--yes', '--skip-preview', '--stack', 'dev');
    expect(destroy.text).toContain('19 deleted');
    expect(project.read('plain.log')).toBe('created\nupdated\ntwo deleted\n');
    expect(project.read('replaced.log')).toContain('deleted b\n');
  });
});

describe('failures', () => {
  test('a failure has command and reason, and no key', async () => {
    program(`
      const failing = (name: string, more: object, to: object = {}): unknown =>
        new command.remote.Command(name, { connection: { ...connection, dialErrorLimit: 0, ...to }, create: 'true', ...more });
      failing('exit', { create: 'echo "before"; cat; exit 3', stdin: pulumi.secret('openSesame and more') });
      failing('signal', { create: 'kill -TERM $$' });
      failing('stranger', {}, { hostKey: ${JSON.stringify(bastion.hostKey)} });
      failing('nobody', {}, { privateKey: ${JSON.stringify(bastion.privateKey)} });
      failing('closed', {}, { port: 1, dialErrorLimit: 2 });
      failing('garbage', {}, { privateKey: 'neither key nor door' });
      failing('cut', { create: 'echo "so far"; sleep 1; kill -9 $PPID; sleep 1' });
      failing('environment', { environment: { LD_PRELOAD: 'x' } });
    `);
    const run = await project.pulumi(
      'up',
      '--yes',
      '--skip-preview',
      '--continue-on-error',
      '--stack',
      'dev',
    );
    expect(run.exitCode).not.toBe(0);
    for (const text of [
      'Process exited with status 3: running "echo \\"before\\"; cat; exit 3":\n    before\n    [secret]',
      'Process exited with status 128 from signal TERM: running "kill -TERM $$"',
      'after 0 failed attempts: ssh: host key mismatch: it has SHA256:',
      'after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate',
      'after 2 failed attempts: connect ECONNREFUSED 127.0.0.1:1',
      'connection.privateKey cannot be read',
      'wait: remote command exited without exit status or exit signal: running "echo \\"so far\\"; sleep 1',
      'could not set environment variable "LD_PRELOAD"',
    ]) {
      expect(run.text).toContain(text);
    }
    for (const secret of [...secretsOf(target), ...secretsOf(bastion), 'openSesame']) {
      expect(run.text).not.toContain(secret);
    }
    await project.pulumi('destroy', '--yes', '--skip-preview', '--stack', 'dev');
  });

  test('an unknown field of a connection is refused, and its value is not shown', async () => {
    program(`
      const typo = { ...connection, privatekey: connection.privateKey };
      new command.remote.Command('typo', { connection: typo, create: 'true' });
    `);
    const run = await project.pulumi('preview', '--stack', 'dev');
    expect(run.exitCode).not.toBe(0);
    expect(run.text).toContain(`Unrecognized field 'privatekey' on 'connection'`);
    for (const secret of secretsOf(target)) {
      expect(run.text).not.toContain(secret);
    }
  });

  test('an interrupt stops a running command, and leaves no plugin', async () => {
    program(
      `new command.remote.Command('endless', { connection, create: 'echo $$ > ' + here + '/pid; sleep 600' });`,
    );
    const up = project.start('up', '--yes', '--skip-preview', '--stack', 'dev');
    await until(() => project.has('pid'));
    up.kill('SIGINT');
    const started = Date.now();
    const { exitCode, all } = await up;
    expect(exitCode).not.toBe(0);
    expect(all).toContain('canceled');
    expect(Date.now() - started).toBeLessThan(10_000);
    process.kill(Number(project.read('pid')));
    expect(project.resources()).not.toHaveProperty('endless');
  });

  test('kill -9 of pulumi leaves no plugin', async () => {
    program(
      `new command.remote.Command('endless', { connection, create: 'echo $$ > ' + here + '/pid2; sleep 600' });`,
    );
    const up = project.start('up', '--yes', '--skip-preview', '--stack', 'dev');
    await until(() => project.has('pid2'));
    const plugins = childrenOf(up.pid ?? 0);
    expect(plugins.length).toBeGreaterThanOrEqual(2);
    up.kill('SIGKILL');
    await up;
    await until(() => plugins.every((pid) => !isRunning(pid)));
    process.kill(Number(project.read('pid2')));
    await project.pulumi('cancel', '--yes', '--stack', 'dev');
  });
});

describe('through a proxy', () => {
  test('commands and copies reach the target through the bastion', async () => {
    program(`
      const through = { ...connection, proxy: ${connection(bastion)} };
      export const said = new command.remote.Command('said', { connection: through, create: 'echo hello' }).stdout;
      new command.remote.CopyToRemote('copied', {
        connection: through,
        source: new pulumi.asset.StringAsset('by proxy'),
        remotePath: here + '/proxied/file',
      });
      `);
    await project.up();
    expect(await project.outputs()).toMatchObject({ said: 'hello' });
    expect(project.read('proxied/file')).toBe('by proxy');
    expect(bastion.log().match(/Accepted publickey/g)).toHaveLength(2);
  });
});

describe('remote.CopyToRemote', () => {
  const copies = (text: string): void =>
    program(`
      const copy = (name: string, source: pulumi.asset.Asset | pulumi.asset.Archive, to: string): unknown =>
        new command.remote.CopyToRemote(name, { connection, source, remotePath: here + '/to/' + to });
      copy('text', new pulumi.asset.StringAsset(${JSON.stringify(text)}), 'a/b/text');
      copy('file', new pulumi.asset.FileAsset('from/one'), 'a/file');
      copy('intoFolder', new pulumi.asset.FileAsset('from/one'), 'folder');
      copy('folder', new pulumi.asset.FileArchive('from'), 'whole');
      copy('contents', new pulumi.asset.FileArchive('from/'), 'contents');
      `);

  beforeAll(() => {
    project.write('from/one', 'one\n');
    project.write('from/deep/er/two', 'x'.repeat(3_000_000));
    project.write('from/empty', '');
    project.write('to/folder/was', 'there');
  });

  test('copies files, folders and texts to the same paths as scp, and creates parent folders', async () => {
    copies('first');
    await project.up();
    expect(project.read('to/a/b/text')).toBe('first');
    expect(project.read('to/a/file')).toBe('one\n');
    expect(project.read('to/folder/one')).toBe('one\n');
    expect(project.read('to/whole/from/deep/er/two')).toHaveLength(3_000_000);
    expect(project.read('to/contents/deep/er/two')).toHaveLength(3_000_000);
    expect(project.read('to/contents/empty')).toBe('');
  });

  test('copies only changed sources', async () => {
    copies('second, longer');
    project.write('to/a/file', 'changed on the host');
    await project.up();
    expect(project.read('to/a/b/text')).toBe('second, longer');
    expect(project.read('to/a/file')).toBe('changed on the host');
  });

  test('refuses unsupported sources, and leaves the files on destroy', async () => {
    program(`
      const copy = (name: string, source: pulumi.asset.Asset | pulumi.asset.Archive, to: string): unknown =>
        new command.remote.CopyToRemote(name, { connection, source, remotePath: here + '/to/' + to });
      copy('onFolder', new pulumi.asset.StringAsset('x'), 'folder');
      copy('ontoFile', new pulumi.asset.FileArchive('from/'), 'a/file');
      copy('remote', new pulumi.asset.RemoteAsset('http://127.0.0.1:1/x'), 'x');
    `);
    const run = await project.pulumi(
      'up',
      '--yes',
      '--skip-preview',
      '--continue-on-error',
      '--stack',
      'dev',
    );
    expect(run.text).toContain('is a directory; when using a text asset, remotePath must be a file path');
    expect(run.text).toContain(
      `remote path ${path.join(project.folder, 'to/a/file')} exists but is not a directory`,
    );
    await project.pulumi('destroy', '--yes', '--skip-preview', '--stack', 'dev');
    expect(project.has('to/a/b/text')).toBe(true);
  });
});

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !done(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(done()).toBe(true);
}

/** Child processes of all threads of a process. */
function childrenOf(pid: number): number[] {
  const threads = fs.readdirSync(`/proc/${pid}/task`);
  const children = threads.map((thread) => fs.readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'));
  return children.join(' ').trim().split(/\s+/).filter(Boolean).map(Number);
}
