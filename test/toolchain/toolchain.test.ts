import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { ensureToolchain } from '../../toolchain/toolchain';
import { commandVersion, fits, openstackVersion, pulumiVersion } from '../../toolchain/versions';
import { projectRoot } from '../../lib/paths';
import { UserError } from '../../lib/userError';

jest.setTimeout(60_000);

/** Replaces `fetch`: URLs with these endings return these pages, all others 404. */
function web(pages: Record<string, Buffer | string>): void {
  jest.spyOn(global, 'fetch').mockImplementation((input) => {
    const url = input instanceof Request ? input.url : input.toString();
    const page = Object.entries(pages).find(([end]) => url.endsWith(end))?.[1];
    return Promise.resolve(page === undefined ? new Response('', { status: 404 }) : new Response(page));
  });
}

const [cliArch, pluginArch] = process.arch === 'arm64' ? ['arm64', 'arm64'] : ['x64', 'amd64'];
const archiveName = `pulumi-v${pulumiVersion}-linux-${cliArch}.tar.gz`;
const pluginName = `pulumi-resource-command-v${commandVersion}-linux-${pluginArch}.tar.gz`;
const commandFolder = `resource-command-v${commandVersion}`;

let folder: string;
let lines: string[];
const saved = { ...process.env };
const report = (line: string): void => void lines.push(line);

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-toolchain-'));
  lines = [];
  process.env.GLANCE_DCN_CACHE = path.join(folder, 'cache');
  process.env.PULUMI_HOME = path.join(folder, 'home');
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...saved };
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Writes a fake of Pulumi's CLI, and a language host beside it, into a new folder. @returns the folder */
function fakeCli(name: string, version: string): string {
  const bin = path.join(folder, name);
  fs.mkdirSync(bin);
  const script = `#!/bin/sh\n[ "$1" = version ] && echo v${version} || echo v${version} $PULUMI_HOME\n`;
  fs.writeFileSync(path.join(bin, 'pulumi'), script, { mode: 0o755 });
  fs.writeFileSync(path.join(bin, 'pulumi-language-nodejs'), '#!/bin/sh\n', { mode: 0o755 });
  return bin;
}

function onPath(bin: string): void {
  process.env.PATH = `${bin}${path.delimiter}${saved.PATH ?? ''}`;
}

test.each([pulumiVersion, 'v3.245.0\n', 'v3.300.1', '3.245.1-alpha.1'])('%j fits', (version) => {
  expect(fits(version)).toBe(true);
});

test.each(['v3.244.9', '3.245.0-alpha.1', 'v4.0.0', '4.0.0-alpha.1', '2.245.0', 'not working', ''])(
  '%j does not fit',
  (version) => expect(fits(version)).toBe(false),
);

test('a new enough pulumi on PATH is used if its plugins can be downloaded; its version is checked once', async () => {
  onPath(fakeCli('own', '3.250.0'));
  web({ [pluginName]: '' });
  expect(await ensureToolchain(report)).toEqual({ bin: path.join(folder, 'own') });
  expect(lines).toHaveLength(1);
  web({});
  expect(await ensureToolchain(report)).toEqual({ bin: path.join(folder, 'own') });
  expect(lines).toHaveLength(1);
});

test('a new enough pulumi on PATH gets our command provider if plugins cannot be downloaded', async () => {
  onPath(fakeCli('own', '3.250.0'));
  web({});
  const { bin } = await ensureToolchain(report);
  expect(lines.join()).toContain('with our command provider');
  const home = path.join(path.dirname(bin), 'home');
  expect(fs.existsSync(path.join(home, `plugins/${commandFolder}/pulumi-resource-command`))).toBe(true);
  expect(fs.readdirSync(path.join(home, 'plugins'))).toEqual([commandFolder]);
  const others = { ...process.env };
  delete others.PULUMI_HOME;
  const run = await execa(path.join(bin, 'pulumi'), [], { env: others, extendEnv: false });
  expect(run.stdout).toBe(`v3.250.0 ${home}`);
});

test('a lab on a cloud also gets the OpenStack provider, built once, at the version of its npm package', async () => {
  const bin = fakeCli('own', '3.250.0');
  // Logs its arguments, and writes a provider.
  const go = '#!/bin/sh\n[ "$1" = env ] && echo go1.26.0 && exit\necho "$@" >> ' + `${folder}/built\n`;
  fs.writeFileSync(path.join(bin, 'go'), `${go}echo plugin > pulumi-resource-openstack\n`, { mode: 0o755 });
  onPath(bin);
  web({});
  const asked = async () => ensureToolchain(report, { openstack: true });
  const { bin: place } = await asked();
  expect(await asked()).toEqual({ bin: place });
  const plugins = path.join(path.dirname(place), 'home', 'plugins');
  const plugin = path.join(plugins, `resource-openstack-v${openstackVersion}`, 'pulumi-resource-openstack');
  expect(fs.readFileSync(plugin, 'utf8')).toBe('plugin\n');
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const built = fs.readFileSync(path.join(folder, 'built'), 'utf8').trim().split('\n');
  expect(built).toEqual([expect.stringContaining(`main.version=${dependencies['@pulumi/openstack']} `)]);
  expect((await ensureToolchain(report)).bin).not.toBe(place);
});

test("Pulumi's download replaces a pulumi that is too old, if the checksum is right", async () => {
  onPath(fakeCli('old', '3.100.0'));
  fakeCli('pulumi', pulumiVersion);
  await execa('tar', ['--create', '--gzip', '--file', 'archive', 'pulumi'], { cwd: folder });
  const archive = fs.readFileSync(path.join(folder, 'archive'));
  const sum = crypto.createHash('sha256').update(archive).digest('hex');
  web({ [archiveName]: archive, [pluginName]: '', 'checksums.txt': `${'0'.repeat(64)}  ${archiveName}\n` });
  await expect(ensureToolchain(report)).rejects.toThrow(`checksum is ${sum}`);
  web({ [archiveName]: archive, [pluginName]: '', 'checksums.txt': `${sum}  ${archiveName}\n` });
  const { bin } = await ensureToolchain(report);
  expect((await execa(path.join(bin, 'pulumi'))).stdout).toContain(pulumiVersion);
  expect(lines.join('\n')).toContain('not using');
  expect(
    fs.readdirSync(path.join(folder, 'cache', 'toolchain')).filter((name) => /\.\w{6}$/.test(name)),
  ).toEqual([]);
});

test.each<[string, () => Promise<Response>, string]>([
  [
    'that breaks off',
    () => Promise.reject(new TypeError('fetch failed', { cause: new Error('read ECONNRESET') })),
    'fetch failed: read ECONNRESET',
  ],
  [
    'that is refused',
    () => Promise.resolve(new Response('', { status: 503, statusText: 'Busy' })),
    '503 Busy',
  ],
])('a download of Pulumi %s names its URL, the reason and the remedy', async (_, get, reason) => {
  onPath(fakeCli('old', '3.100.0'));
  jest
    .spyOn(global, 'fetch')
    .mockImplementation((_, init) => (init?.method === 'HEAD' ? Promise.resolve(new Response('')) : get()));
  const error = (await ensureToolchain(report).catch((thrown: unknown) => thrown)) as Error;
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toBe(
    `https://get.pulumi.com/releases/sdk/${archiveName}: ${reason}: run the command again; if it fails again, put a \`pulumi\` of your own on PATH`,
  );
});

test('reports nothing if everything is installed', async () => {
  process.env = { ...saved };
  await ensureToolchain(() => undefined);
  await ensureToolchain(report);
  expect(lines).toEqual([]);
});

describe('a tool chain that cannot be had', () => {
  /** A folder with a `go`, and with nothing else of the machine beside the shell. */
  function withGo(script: string): void {
    const bin = path.join(folder, 'bin');
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(bin, 'go'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    for (const program of ['sh', 'flock', 'node']) {
      const place = (saved.PATH ?? '')
        .split(path.delimiter)
        .map((directory) => path.join(directory, program))
        .find((candidate) => fs.existsSync(candidate));
      fs.symlinkSync(place as string, path.join(bin, program));
    }
    process.env.PATH = bin;
    web({});
  }

  test.each([
    [
      'exit 1',
      /^no `go` on PATH, which building .* needs: install Go 1\.21 or later, or put a `pulumi` on PATH$/,
    ],
    ['echo go1.19.8', /^`go` on PATH is go1\.19\.8, too old to build .*: install Go 1\.21 or later/],
    [
      '[ "$1" = env ] && echo go1.26.0 && exit\necho "no route to host" >&2\nexit 1',
      /did not build after .*:\nno route to host\nRun the command again if the network failed, or put a `pulumi` on PATH\.$/,
    ],
  ])('go as `%s`', async (script, words) => {
    withGo(script);
    const error = (await ensureToolchain(report).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(words);
  });
});
