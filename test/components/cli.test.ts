import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../tools/places';
import { ensureToolchain } from '../../tools/toolchain';
import { FakeUndercloud } from './fakeUndercloud';

/*
 * The program under the real CLI and the real (or our) command provider, against a stand-in for the undercloud and for
 * `./dcn sandbox node`. What the stand-ins answer is the kit's and the sandbox's own tests to prove.
 */

jest.setTimeout(15 * 60_000);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-cli-'));
const project = path.join(folder, 'project');
const labFile = path.join(folder, 'Pulumi.dev.yaml');
const undercloud = new FakeUndercloud();
const env: NodeJS.ProcessEnv = {
  PULUMI_BACKEND_URL: `file://${folder}/state`,
  PULUMI_CONFIG_PASSPHRASE: 'test',
  GLANCE_DCN_STATE: path.join(folder, 'lab-state'),
};
const shipped = fs.readFileSync(path.join(projectRoot, 'Pulumi.dev.yaml'), 'utf8');

/** A `./dcn sandbox node` that has every host. */
const dcn = `#!/bin/sh
shift 2
echo "$*" >> ${folder}/dcn.log
[ "$3" = create ] && echo "{\\"instanceId\\":\\"id-of-$4\\",\\"hostKey\\":\\"ssh-ed25519 AAAA\\"}"
exit 0
`;

async function pulumi(...args: string[]): Promise<string> {
  const { all, exitCode } = await execa('pulumi', [...args, '--non-interactive'], { cwd: project, env, reject: false, all: true });
  return `${all}\nexit ${exitCode}`;
}
const up = (stack: string) => pulumi('up', '-s', stack, '--yes', '--skip-preview');
const preview = (stack: string) => pulumi('preview', '-s', stack, '--diff');
const verbs = () => undercloud.calls.splice(0).map(({ verb }) => verb);

beforeAll(async () => {
  const { bin } = await ensureToolchain(() => undefined);
  env.PATH = `${bin}:${process.env.PATH}`;
  fs.mkdirSync(project);
  for (const name of ['Pulumi.yaml', 'package.json', 'tsconfig.json', 'node_modules', 'index.ts', 'stacks', 'components', 'model']) {
    fs.symlinkSync(path.join(projectRoot, name), path.join(project, name));
  }
  fs.writeFileSync(path.join(project, 'dcn'), dcn, { mode: 0o755 });
  fs.mkdirSync(path.join(folder, 'state'));
  const port = await undercloud.listen();
  fs.writeFileSync(path.join(folder, 'key'), undercloud.privateKey, { mode: 0o600 });
  const access = JSON.stringify({ port, home: `${folder}/home`, hostKey: undercloud.hostKey, privateKeyFile: `${folder}/key` });
  fs.writeFileSync(labFile, shipped.replace('config:\n', `config:\n  glance-dcn:undercloud: ${access}\n`));
  for (const stack of ['dev', 'dev-control-plane', 'dev-dcn0']) {
    await pulumi('stack', 'init', stack);
    await pulumi('config', 'set', 'glance-dcn:lab', labFile, '-s', stack);
  }
});
afterAll(async () => {
  await undercloud.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a missing stack below gives one sentence', async () => {
  const output = await up('dev-control-plane');
  expect(output).toContain('Stack dev, which this one builds on, is not there: bring it up first with `pulumi up -s dev`.');
  expect(output).not.toMatch(/ {4}at /);
});
