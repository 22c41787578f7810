import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Server, ServerChannel } from 'ssh2';
import { destroy } from '../../cli/commands/destroy';
import { copyImages } from '../../cli/commands/images';
import { printPlan } from '../../cli/commands/plan';
import * as sandbox from '../../cli/commands/sandbox';
import { topology } from '../../cli/commands/topology';
import { openLab } from '../../cli/context';
import { provisionerOf } from '../../cli/provisioners';
import { withKit } from '../../cli/undercloud';
import { verbs } from '../../kit/verbs';
import { ensureSystemPackages } from '../../lib/debianPackages';
import { withLock } from '../../lib/lock';
import { projectRoot } from '../../lib/paths';
import { UserError } from '../../lib/userError';
import { buildConfiguration } from '../../sandbox/image/buildConfiguration';
import { ensureLayer } from '../../sandbox/image/cache';
import { pathsOf } from '../../sandbox/paths';
import { run } from '../../sandbox/run';
import { devText, existingText } from '../model/labs';
import { ed25519KeyPair } from '../toolchain/keys';
import { startUndercloud, writeStack } from './undercloudServer';
import { folderOfEachTest } from '../folderOfEachTest';

/* Messages that end a verb of ./dcn, each provoked: it is no stack of calls, and names the next step. */

/** Who has a lab's name on the machine stands in /run, and labs may be up there: the tests have a folder of their own. */
jest.mock('../../sandbox/paths', () => ({
  pathsOf: (lab: string) => {
    const paths = jest.requireActual<{ pathsOf: typeof pathsOf }>('../../sandbox/paths').pathsOf(lab);
    return { ...paths, run: `${paths.state}/run`, owner: `${paths.state}/run/owner` };
  },
}));

const folder = folderOfEachTest('state', 'cache');
let file: string;
beforeEach(() => {
  file = path.join(folder(), 'Pulumi.mine.yaml');
  fs.writeFileSync(file, devText);
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
});

async function messageOf(verb: () => unknown): Promise<string> {
  const error = await (async () => verb())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

/** Puts an apt-get on PATH that is the machine's own, with package sources and lists in the test's folder, and no root. */
function realApt(sources: string): void {
  jest.spyOn(process, 'getuid').mockReturnValue(0);
  const bin = path.join(folder(), 'bin');
  [bin, path.join(folder(), 'state/lists/partial'), path.join(folder(), 'cache/archives/partial')].forEach(
    (name) => fs.mkdirSync(name, { recursive: true }),
  );
  const options = {
    'Dir::State': path.join(folder(), 'state'),
    'Dir::Cache': path.join(folder(), 'cache'),
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Acquire::http::Proxy': 'DIRECT',
    'Acquire::Retries': '0',
    'Debug::NoLocking': 'true',
  };
  const words = Object.entries(options).map(([name, value]) => `-o ${name}=${value}`);
  const script = `#!/bin/sh\nexec /usr/bin/apt-get ${words.join(' ')} "$@"\n`;
  fs.writeFileSync(path.join(bin, 'apt-get'), script, { mode: 0o755 });
  process.env.PATH = `${bin}:${process.env.PATH}`;
}

/** Each message contains a text, or matches some expressions in this order, one a line at least. */
test.each<[string, () => unknown, string | string[]]>([
  [
    'a lab file of another name',
    () => openLab('lab.yaml'),
    'lab file lab.yaml: the name of a lab file is Pulumi.<lab>.yaml, where',
  ],
  [
    'a lab file that does not exist',
    () => openLab('nowhere'),
    `Pulumi.nowhere.yaml. In ${projectRoot} are: Pulumi.dev.yaml. Name a lab file elsewhere by its path,`,
  ],
  [
    'a folder as lab file',
    () => {
      fs.mkdirSync(path.join(folder(), 'Pulumi.one.yaml'));
      openLab(path.join(folder(), 'Pulumi.one.yaml'));
    },
    'Pulumi.one.yaml: EISDIR: illegal operation on a directory, read. Name a file that you may read.',
  ],
  [
    'images copy to no site',
    () => copyImages(file, ['guest'], { to: ['dcn7', 'dcn8'] }),
    'dcn7, dcn8: no site or store of lab mine. Stores: central, dcn0, dcn1.',
  ],
  [
    'plan --out a full folder',
    () => printPlan(file, { out: folder() }),
    'not empty. Name a folder that does not exist',
  ],
  [
    'plan --out nowhere',
    () => printPlan(file, { out: '/proc/x/y' }),
    'ENOENT: no such file or directory, mkdir',
  ],
  [
    '--svg in no folder',
    () => topology(file, { svg: path.join(folder(), 'none', 'a.svg') }),
    'Name a file in a folder that exists.',
  ],
  [
    'destroy --site-lost without a site',
    () => destroy(file, [], { siteLost: true }),
    'name the sites that are lost: ./dcn --lab',
  ],
  [
    'sandbox up without root',
    () => {
      jest.spyOn(process, 'getuid').mockReturnValue(1000);
      return sandbox.up(file);
    },
    'only root may: run it as root',
  ],
  ...(
    [
      ['up', () => sandbox.up(file)],
      ['status', () => sandbox.status(file, false)],
      ['wan', () => sandbox.setWan(file, 'dcn0', 'cut')],
      ['pack', () => sandbox.pack(file)],
      ['node create', () => sandbox.createNode(file, 'dcn0-hci-0')],
      ['node destroy', () => sandbox.destroyNode(file, 'dcn0-hci-0')],
    ] as const
  ).map(([verb, run]): [string, () => unknown, string] => [
    `sandbox ${verb} of a lab on other hosts`,
    () => {
      fs.writeFileSync(file, existingText);
      return run();
    },
    'lab mine: has no sandbox, because its provisioner is existing; nothing was made. ./dcn --lab /',
  ]),
  [
    'sandbox wan before sandbox up',
    () => sandbox.setWan(file, 'dcn0', 'cut'),
    'the sandbox of lab mine is not up; bring it up: `./dcn --lab FILE sandbox up`',
  ],
  [
    'sandbox wan of a lab that another state folder has up',
    () => {
      const { owner } = pathsOf('mine');
      fs.mkdirSync(path.dirname(owner), { recursive: true });
      fs.writeFileSync(owner, path.join(projectRoot, 'test'));
      return sandbox.setWan(file, 'dcn0', 'cut');
    },
    `a sandbox of lab mine is up on this machine from another state folder, ${projectRoot}/test; take that one down first: ` +
      `\`GLANCE_DCN_STATE=${path.dirname(projectRoot)} ./dcn --lab FILE sandbox down\``,
  ],
  [
    'up of a lab that was made in the other mode of the sandbox',
    async () => {
      jest.spyOn(process, 'getuid').mockReturnValue(0);
      const { host, undercloudSettings } = pathsOf('mine');
      fs.mkdirSync(host('oc0-ceph-4').directory, { recursive: true });
      fs.writeFileSync(host('oc0-ceph-4').record, '{}');
      fs.writeFileSync(undercloudSettings, JSON.stringify({ tripleo: 'full' }));
      await (await provisionerOf(openLab(file))).infrastructure?.up(() => undefined);
    },
    'nodes of lab mine were made with full (oc0-ceph-4); write full, or remove the lab first: `./dcn --lab FILE destroy`',
  ],
  [
    'sandbox node create before sandbox up',
    () => sandbox.createNode(file, 'oc0-ceph-4'),
    'bring it up: `./dcn --lab FILE sandbox up`',
  ],
  [
    'sandbox node destroy undercloud',
    () => sandbox.destroyNode(file, 'undercloud'),
    '`./dcn --lab FILE sandbox down`',
  ],
  [
    'packages without root',
    () => {
      jest.spyOn(process, 'getuid').mockReturnValue(1000);
      return ensureSystemPackages(['no-such-package'], () => undefined);
    },
    'only root can install them: install them with: apt-get install no-such-package',
  ],
  [
    'packages that this machine does not have in its sources, whose server does not answer',
    () => {
      const listed = path.join(folder(), 'sources.list');
      fs.writeFileSync(listed, 'deb http://127.0.0.1:9/debian bookworm main\n');
      realApt(listed);
      return ensureSystemPackages(['no-such-package'], () => undefined);
    },
    [
      'apt-get could not install no-such-package:',
      'W: Failed to fetch http://127.0.0.1:9/debian/dists/bookworm/InRelease .*Connection refused.*',
      'E: Unable to locate package no-such-package',
      'Correct the package sources of this machine \\(/etc/apt\\), .*: apt-get update && apt-get install no-such-package\\.',
    ],
  ],
  [
    'a machine without package sources of Debian 12',
    () => buildConfiguration(folder(), 'no-such-suite'),
    'no package source of no-such-suite in /etc/apt/sources.list or /etc/apt/sources.list.d: ',
  ],
  [
    "an image of the sandbox's hosts whose build fails",
    () =>
      ensureLayer(
        {
          name: 'node',
          hash: 'x',
          description: 'image',
          build: async (_directory, _scratch, onLine) => {
            await run('sh', ['-c', 'echo E: Unable to fetch; exit 100'], { name: 'build', onLine });
          },
        },
        () => undefined,
      ),
    [
      'the node image could not be built, see \\S+/cache/images/node-x\\.log',
      'build: exit 100',
      'E: Unable to fetch',
      "If a download failed, correct this machine's package sources .*, then run the same command again",
    ],
  ],
  [
    'a machine without flock',
    () => {
      process.env.PATH = folder();
      return withLock(
        path.join(folder(), 'lock'),
        () => undefined,
        async () => undefined,
      );
    },
    'flock is part of the package util-linux',
  ],
])('%s', async (_, verb, words) => {
  const message = await messageOf(verb);
  if (typeof words === 'string') {
    expect(message).toContain(words.replaceAll('FILE', file));
  } else {
    expect(message).toMatch(new RegExp(words.join('(.|\\n)*\\n')));
  }
});

describe('on the undercloud', () => {
  const status = (): Promise<string> =>
    withKit(openLab(path.join(folder(), 'Pulumi.far.yaml')), (kit) => kit.text(verbs.status.text));
  let server: Server | undefined;
  const start = async (onExec: (channel: ServerChannel) => void): Promise<void> => {
    server = await startUndercloud(folder(), onExec);
  };
  beforeEach(() => writeStack('far'));
  afterEach(() => server?.close());

  test.each<[string, number | undefined, string]>([
    ['a kit that says nothing', 9, 'ended with exit code 9 and no message'],
    ['a connection that ends', undefined, 'the kit or the connection to the undercloud was ended'],
  ])('%s', async (_, code, words) => {
    await start((channel) => {
      if (code !== undefined) {
        channel.exit(code);
      }
      channel.end();
    });
    expect(await messageOf(status)).toBe(
      `kit status: ${words}. Run the command again; jobs on the undercloud continue.`,
    );
  });

  test.each<[string, () => string, RegExp]>([
    ['is none', () => 'no key', /Unsupported key format/],
    ['has a passphrase', () => ed25519KeyPair('secret').private, /no passphrase given/],
    [
      'is public',
      () => 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHqMUtIzsDVSPYQ+wcsqzFPzYqDy0zTP5pu7aCPzgJ8i',
      /public key/,
    ],
  ])('a private key that %s', async (_, text, fault) => {
    await start((channel) => channel.end());
    const key = path.join(folder(), 'key');
    fs.writeFileSync(key, text());
    const message = await messageOf(status);
    expect(message).toMatch(fault);
    expect(message).toMatch(
      /^private key of the undercloud: \S+\/key: .*Name the file of a private key without a passphrase\.$/,
    );
  });

  test('a private key that cannot be read', async () => {
    await start((channel) => channel.end());
    fs.rmSync(path.join(folder(), 'key'));
    fs.mkdirSync(path.join(folder(), 'key'));
    expect(await messageOf(status)).toMatch(
      /^private key of the undercloud: EISDIR.*Name a file that you may read\.$/,
    );
  });
});
