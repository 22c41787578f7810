import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ensureSystemPackages } from '../../lib/debianPackages';
import {
  inHost,
  removeContainer,
  runningHosts,
  startContainer,
  stopContainer,
} from '../../sandbox/hosts/container';
import { podman } from '../../sandbox/hosts/podman';
import { hostNamespace } from '../../sandbox/network/names';
import { type SandboxPaths, pathsOf } from '../../sandbox/paths';
import { run } from '../../sandbox/run';
import { sweep } from '../../sandbox/sweep';
import { until } from './labUnderTest';

/*
 * A host whose processes were killed together with conmon, which would have noted their end for podman. The host's system is a shell
 * with nothing else in its root.
 */

const host = 'near-0';
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-dead-'));
process.env.GLANCE_DCN_STATE = path.join(directory, 'state');
let paths: SandboxPaths;

beforeAll(async () => {
  await ensureSystemPackages(['podman', 'conmon', 'runc', 'iproute2', 'util-linux'], () => undefined);
  paths = pathsOf(`dead${process.pid}`);
  await run('ip', ['netns', 'add', hostNamespace(paths.lab, host)]);
  const { root } = paths.host(host);
  const shell = path.join(root, 'usr/local/sbin/dcn-init');
  const libraries = (await run('ldd', ['/bin/bash'])).match(/\/\S+/g) ?? [];
  for (const [from, to] of [
    ['/bin/bash', shell],
    ...libraries.map((file) => [file, path.join(root, file)]),
  ] as const) {
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(from, to);
  }
}, 600_000);

afterAll(async () => {
  await sweep(paths);
  fs.rmSync(directory, { recursive: true });
});

/** Starts the host, and kills its processes and conmon as a person's `kill -9` of all of them does. */
async function startAndKill(): Promise<void> {
  await startContainer(paths, host, []);
  expect(await runningHosts(paths)).toEqual(new Set([host]));
  const pids = ['inspect', '--format', '{{.State.ConmonPid}} {{.State.Pid}}', host];
  const [conmon, system] = (await podman(paths, 'processes', pids)).split(' ').map(Number) as [
    number,
    number,
  ];
  process.kill(conmon, 'SIGKILL');
  process.kill(system, 'SIGKILL');
  await until('the end of the system', 10, async () => !fs.existsSync(`/proc/${system}/ns/net`));
}

it('does not run', async () => {
  await startAndKill();
  expect(await podman(paths, 'record', ['ps', '--format', '{{.Names}}'])).toBe(host);
  expect([...(await runningHosts(paths))]).toEqual([]);
});

it('starts again', async () => {
  await startContainer(paths, host, []);
  expect([...(await runningHosts(paths))]).toEqual([host]);
  const command = ['/usr/local/sbin/dcn-init', '-c', 'echo it runs'];
  expect(await inHost(paths, host, command)).toBe('it runs');
  await stopContainer(paths, host, 'power-loss');
});

it('can be switched off and removed', async () => {
  await startAndKill();
  await stopContainer(paths, host, 'orderly');
  await startAndKill();
  await removeContainer(paths, host);
  expect(await podman(paths, 'containers', ['ps', '--all', '--format', '{{.Names}}'])).toBe('');
});
