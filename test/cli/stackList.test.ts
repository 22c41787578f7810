import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import execa from 'execa';
import { type PulumiEnvironment, pulumi } from '../../cli/run/pulumi';
import { listStacks, stackNames, stackOutputs } from '../../cli/run/stackList';
import { ensureToolchain } from '../../toolchain/toolchain';
import { folderOfEachTest } from '../folderOfEachTest';

/* The stacks in a folder, read from its files, are those that Pulumi lists. */

jest.setTimeout(120_000);

const folder = folderOfEachTest('state');
let env: PulumiEnvironment;
beforeEach(async () => {
  const { bin } = await ensureToolchain(() => undefined);
  env = {
    PATH: `${bin}:${process.env.PATH}`,
    PULUMI_BACKEND_URL: pathToFileURL(folder()).href,
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
  };
  process.env.PULUMI_CONFIG_PASSPHRASE = 'test';
});
afterEach(() => {
  delete process.env.PULUMI_CONFIG_PASSPHRASE;
});

/** What `pulumi stack ls` prints. */
async function byPulumi(): Promise<object[]> {
  const stacks = JSON.parse(await pulumi(env, 'stack ls', '', ['--json'])) as Record<string, unknown>[];
  return stacks.map((stack) => {
    delete stack.current;
    return stack;
  });
}

const file = (stack: string): string => path.join(folder(), '.pulumi/stacks/glance-dcn', `${stack}.json`);

test('an empty folder has no stacks', async () => {
  expect(await stackNames(env)).toEqual([]);
  expect(await listStacks(env)).toEqual([]);
});

test('names, times and numbers of resources are those that Pulumi lists', async () => {
  for (const stack of ['listed-dcn1', 'listed']) {
    await pulumi(env, 'stack init', stack, ['-s', stack, '--no-select']);
  }
  const exported = JSON.parse(await pulumi(env, 'stack export', 'listed', ['-s', 'listed'])) as {
    deployment: object;
  };
  const root = {
    urn: 'urn:pulumi:listed::glance-dcn::pulumi:pulumi:Stack::glance-dcn-listed',
    custom: false,
  };
  const outputs = { nodes: { 'e-0': { role: 'DistributedComputeHCI' } } };
  const resources = [{ ...root, type: 'pulumi:pulumi:Stack', outputs }];
  await execa('pulumi', ['stack', 'import', '-s', 'listed', '--non-interactive'], {
    env: { ...env },
    input: JSON.stringify({ ...exported, deployment: { ...exported.deployment, resources } }),
  });
  expect(fs.existsSync(file('listed'))).toBe(true);
  const listed = await byPulumi();
  expect(await listStacks(env)).toEqual(listed);
  expect(await stackNames(env)).toEqual(['listed', 'listed-dcn1']);
  const printed = await pulumi(env, 'stack output', 'listed', ['--json', '-s', 'listed']);
  expect(await stackOutputs(env, 'listed')).toEqual(JSON.parse(printed));
  expect(await stackOutputs(env, 'listed-dcn1')).toEqual({});
  fs.readdirSync('.stacks')
    .filter((name) => /^Pulumi\.listed(-dcn1)?\.yaml$/.test(name))
    .forEach((name) => fs.rmSync(path.join('.stacks', name)));
});

test('Pulumi is asked where the folder has another layout', async () => {
  await pulumi(env, 'stack init', 'packed', ['-s', 'packed', '--no-select']);
  fs.rmSync('.stacks/Pulumi.packed.yaml', { force: true });
  expect(await stackNames(env)).toEqual(['packed']);
  fs.writeFileSync(path.join(folder(), '.pulumi/meta.yaml'), 'version: 2\n');
  await expect(stackNames(env)).rejects.toThrow('stack ls');
});
