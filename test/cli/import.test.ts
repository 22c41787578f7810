import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import type { Server, ServerChannel } from 'ssh2';
import { projectRoot, readerBeside } from '../../lib/paths';
import { parseLab, planLab } from '../../model';
import { folderOfEachTest } from '../folderOfEachTest';
import { hostKeyOf } from '../hostKeys';
import { layOut, secrets } from '../kit/deployedTree';
import { fakes, type TestUndercloud, within } from '../kit/undercloud';
import { devText, shipped } from '../model/labs';
import { startUndercloud } from './undercloudServer';

/*
 * `dcn import` against an SSH server in this process that runs commands as an undercloud's user, with a tree in which the lab of
 * Pulumi.dev.yaml is deployed. No kit is installed there.
 */

jest.setTimeout(120_000);

const folder = folderOfEachTest('state');
const plan = planLab(parseLab('dev', devText));

/** Runs a command as sshd does, in the home of the undercloud's user. */
const runIn =
  (here: TestUndercloud) =>
  (channel: ServerChannel, command: string): void => {
    const env = {
      HOME: here.home,
      PATH: `${fakes}:${here.path('bin')}:${process.env.PATH}`,
      TMPDIR: here.path('tmp'),
    };
    const child = spawn('bash', ['-c', command], { env });
    channel.pipe(child.stdin);
    child.stdout.on('data', (data: Buffer) => channel.write(data));
    child.stderr.on('data', (data: Buffer) => channel.stderr.write(data));
    child.on('close', (code) => {
      channel.exit(code ?? 1);
      channel.end();
    });
  };

/** A test's body with an undercloud, its SSH server, and `dcn import` of it. */
const withUndercloud = (
  work: (here: TestUndercloud, dcn: (...words: string[]) => Promise<execa.ExecaReturnValue>) => Promise<void>,
  isAccepted = true,
  deployed = plan,
) =>
  within(async (here) => {
    await layOut(here, deployed);
    fs.mkdirSync(here.path('tmp'));
    fs.rmSync(here.path('dcn'), { recursive: true });
    const server: Server = await startUndercloud(folder(), runIn(here), isAccepted);
    const lab = fs.readFileSync(path.join(folder(), 'Pulumi.far.yaml'), 'utf8');
    const [, port, hostKey] = /port: (\d+)\n +hostKey: (.*)/.exec(lab) as unknown as [string, string, string];
    const words = (more: string[]) => [
      'import',
      ...[
        '--undercloud',
        `stack@127.0.0.1:${port}`,
        '--host-key',
        hostKey,
        '--key',
        path.join(folder(), 'key'),
      ],
      ...more,
    ];
    try {
      await work(here, (...more) => execa('./dcn', words(more), { cwd: projectRoot, reject: false }));
    } finally {
      server.close();
    }
  });

test(
  'writes the lab file of what stands, says what it does not know, and leaves nothing on the undercloud',
  withUndercloud(async (here, dcn) => {
    const file = path.join(folder(), 'Pulumi.mine.yaml');
    const { stdout, stderr, exitCode } = await dcn('--lab', file);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const text = fs.readFileSync(file, 'utf8');
    const lab = parseLab('mine', text);
    expect(planLab(lab).sites.map(({ name, nodes }) => [name, nodes.length])).toEqual([
      ['control-plane', 7],
      ['dcn0', 1],
      ['dcn1', 1],
    ]);
    expect(lab.undercloud).toMatchObject({ user: 'stack', home: here.home });
    expect(stdout).toMatch(/^\S+Pulumi\.mine\.yaml is written\.\n/);
    expect(stdout).toMatch(
      /Not seen:\n {2}Glance and Nova of stack control-plane: .*control-planerc is missing/,
    );
    expect(text + stdout).not.toMatch(new RegExp(Object.values(secrets).join('|')));
    expect([fs.readdirSync(here.path('tmp')), here.exists('dcn')]).toEqual([[], false]);
  }),
);

const withRoles = 'test/model/golden/Pulumi.roles.yaml';
test(
  'writes roles that are none of TripleO’s into a file beside the lab file, and overwrites none',
  withUndercloud(
    async (_, dcn) => {
      const file = path.join(folder(), 'Pulumi.mine.yaml');
      const beside = path.join(folder(), 'mine-roles.yaml');
      fs.writeFileSync(beside, 'mine');
      const refused = await dcn('--lab', file);
      expect(refused).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(`${beside}: exists, and has not the role data`) as string,
      });
      expect([fs.existsSync(file), fs.readFileSync(beside, 'utf8')]).toEqual([false, 'mine']);
      fs.rmSync(beside);
      const { stdout } = await dcn('--lab', file, '--json');
      expect(JSON.parse(stdout)).toMatchObject({ file, rolesData: beside });
      const lab = parseLab('mine', fs.readFileSync(file, 'utf8'), readerBeside(file));
      const roles = planLab(lab).sites.map(({ ownRoles }) => ownRoles?.map(({ name }) => name));
      expect(roles).toEqual([['ControlApi', 'DatabaseBus'], ['EdgeHCI']]);
      // As after an import that was killed between the two files.
      fs.rmSync(file);
      expect(await dcn('--lab', file, '--json')).toMatchObject({ exitCode: 0, stdout });
    },
    true,
    planLab(parseLab('roles', shipped(withRoles), readerBeside(path.join(projectRoot, withRoles)))),
  ),
);

test(
  'some stacks, with the report as JSON',
  withUndercloud(async (_, dcn) => {
    const file = path.join(folder(), 'Pulumi.mine.yaml');
    const { stdout } = await dcn('--lab', file, '--json', '--stacks', 'control-plane,dcn1');
    const { sites, notes, ...rest } = JSON.parse(stdout) as {
      sites: unknown;
      notes: { kind: string; at: string }[];
    };
    expect([sites, rest]).toEqual([
      [
        { site: 'control-plane', stack: 'control-plane', nodes: 7 },
        { site: 'dcn1', stack: 'dcn1', nodes: 1 },
      ],
      { file, rolesData: null },
    ]);
    expect(notes).toContainEqual(expect.objectContaining({ kind: 'unmapped', at: 'store dcn0' }));
  }),
);

test(
  'nothing is written where a lab file exists, no stack is a control plane, or a stack is missing',
  withUndercloud(async (here, dcn) => {
    const exists = path.join(folder(), 'Pulumi.far.yaml');
    const before = fs.readFileSync(exists, 'utf8');
    expect((await dcn('--lab', exists)).stderr).toContain(
      `${exists} exists, and an import overwrites no lab file`,
    );
    expect(fs.readFileSync(exists, 'utf8')).toBe(before);
    const file = path.join(folder(), 'Pulumi.mine.yaml');
    expect((await dcn('--lab', file, '--stacks', 'dcn0')).stderr).toContain(
      'none of the stacks dcn0 has Keystone or the role Controller',
    );
    const missing = await dcn('--lab', file, '--stacks', 'dcn7');
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain('has no dcn7; it has control-plane, dcn0, dcn1');
    expect([fs.existsSync(file), fs.readdirSync(here.path('tmp'))]).toEqual([false, []]);
  }),
);

test(
  'another host key is refused before anything runs there, and so is a part of a key',
  withUndercloud(async (here, dcn) => {
    const file = path.join(folder(), 'Pulumi.mine.yaml');
    const other = await dcn('--lab', file, '--host-key', hostKeyOf('other'));
    expect(other.stderr).toMatch(
      /undercloud stack@127\.0\.0\.1:\d+: it has the host key SHA256:\S+, and the known one is/,
    );
    const part = await dcn('--lab', file, '--host-key', 'ssh-ed25519 AAAA', '--undercloud', 'stack');
    expect(part.stderr).toContain('--undercloud stack: must be USER@HOST');
    expect(part.stderr).toContain('--host-key: is not a whole public host key');
    expect([fs.existsSync(file), here.calls()]).toEqual([false, []]);
  }),
);

test(
  'a refused login names the option to correct',
  withUndercloud(async (_, dcn) => {
    const { stderr, exitCode } = await dcn('--lab', path.join(folder(), 'Pulumi.mine.yaml'));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Nothing was changed. Put the public key of --key into that user');
  }, false),
);
