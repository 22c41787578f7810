import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { stringify } from 'yaml';
import { filesUnder } from '../../lib/filesUnder';
import type { FakeGlance } from './fakeGlance';
import { FakeServices } from './fakeServices';
import { addClone, ensure, generated, lab } from './imageLab';
import { fromFile, fromUrl, qcow2, served } from './imageSource';
import { planted, secretTexts } from './secretForms';
import { boot, lab as serverLab } from './serverLab';
import { storeDocument, writeInventory } from './storeLab';
import { type Ended, type TestUndercloud, python, within } from './undercloud';

jest.setTimeout(300_000);

/*
 * A secret of each form in each place where one can stand. None may be in what the kit prints, in arguments or environments of the
 * programs that it starts, or in files that others can read.
 */

/** TripleO's file of passwords: the kit knows these secrets, which have no form of their own. */
function writePasswords(here: TestUndercloud, secrets: string[]): void {
  const file = 'overcloud-deploy/dcn0/dcn0-passwords.yaml';
  const lines = secrets.map((secret, column) => `  P${column}: ${secret}\n`);
  here.write(file, `parameter_defaults:\n${lines.join('')}`);
  fs.chmodSync(here.path(file), 0o600);
}

/** Files of the kit with a planted secret that others can read: TripleO's own are TripleO's. */
const readableByOthers = (here: TestUndercloud): string[] =>
  filesUnder(here.path('dcn'))
    .filter((file) => (fs.statSync(file).mode & 0o077) !== 0)
    .filter((file) => (fs.readFileSync(file, 'utf8') + file).match(planted));

const shown = (calls: Ended[]): string => calls.map(({ stdout, stderr }) => stdout + stderr).join('');

/** Where the secrets are: in the output of `openstack`, in its status file, and in TripleO's file of passwords. */
const ofJobs = ['stdout', 'stderr', 'status', 'passwords'] as const;

test(
  `the kit shows and stores none of ${secretTexts(0).length * ofJobs.length} secrets that a job's programs print, write or answer`,
  within(async (here) => {
    const texts = ofJobs.map((_, row) => secretTexts(row));
    const [stdout, stderr, status, passwords] = texts as [string[], string[], string[], string[]];
    here.write('stdout-of-openstack', `${stdout.join('\n')}\n`);
    here.write('stderr-of-openstack', `${stderr.join('\n')}\n`);
    here.write('status-of-openstack', status.join(' ').replaceAll('\n', ' '));
    const known = passwords.map((_, column) => `hushhush3x${column}Zz8`);
    writePasswords(here, known);
    here.behave(`{ tr '\\0' ' ' </proc/$$/cmdline; env; } >>~/seen
cat ~/stdout-of-openstack
echo "it was: ${known.join(' and ')}"
cat ~/stderr-of-openstack >&2
status=$(cat ~/status-of-openstack)
`);
    for (const file of ['stdout-of-openstack', 'stderr-of-openstack', 'status-of-openstack', 'behave']) {
      fs.chmodSync(here.path(file), 0o600);
    }
    const job = here.job('dcn0/overcloud-stack', { commands: ['openstack overcloud deploy --stack dcn0'] });
    const calls = [await here.run(job)];
    expect(calls[0]?.code).toBe(1);
    for (const words of [
      ['job', 'list', '--json'],
      ['status'],
      ['status', '--json'],
      ['job', 'log', 'dcn0/overcloud-stack'],
      ['job', 'wait', 'dcn0/overcloud-stack'],
    ]) {
      calls.push(await here.kit(words));
    }
    expect(shown(calls).match(planted)).toBeNull();
    expect(here.read('seen').match(planted)).toBeNull();
    expect(readableByOthers(here)).toEqual([]);
  }),
);

test(
  'no program of a job but TripleO has the secrets of ~/stackrc in its environment',
  within(async (here) => {
    here.write('stackrc', 'export OS_PASSWORD=hushhushOfTheUndercloud\n');
    here.write('dcn/dev/dcn0/known_hosts', '10.0.0.31 ssh-ed25519 AAAA\n');
    here.behave('env >>~/environment-of-openstack');
    const pools = 'ceph pools --cluster dcn0 --site dcn0 --node e-0 --address 10.0.0.31 --pool images,size=2';
    const commands = ['openstack x', `python3 ${here.lab()}/kit ${pools}`];
    expect((await here.run(here.job('dcn0/one', { commands }))).code).toBe(0);
    expect(here.read('environment-of-openstack')).toContain('OS_PASSWORD=hushhushOfTheUndercloud');
    expect(here.read('ssh-environments')).toContain('HOME=');
    expect(here.read('ssh-environments').match(planted)).toBeNull();
  }),
);

/** What a place has: an image `plain` at central and dcn0, with a clone and a cache there, a site dcn7 without a store. */
interface At {
  here: TestUndercloud;
  glance: FakeGlance;
  services: FakeServices;
}

/** Address of the glance-api of the node that has a cache. */
const edge = '127.0.0.9';

const placeLab = (work: (at: At) => Promise<void>): (() => Promise<void>) =>
  lab(async (here, glance) => {
    const services = new FakeServices();
    await services.open();
    try {
      glance.services = services.catalog;
      addClone(here, 'dcn0', glance.add('plain', ['central', 'dcn0']));
      glance.failing.add('dcn1');
      for (const step of ['overcloud-stack', 'overcloud-config']) {
        const record = { number: 1, state: 'succeeded', kind: 'run', stores: {} };
        here.write(`dcn/dev/jobs/control-plane/${step}/state.json`, JSON.stringify(record));
      }
      writeInventory(here, 'control-plane', { 'c-0': '10.0.0.30' });
      writeInventory(here, 'dcn0', { 'd-0': '10.0.0.31' });
      writeInventory(here, 'dcn7', { 'e-0': '10.0.0.37' });
      here.write('container-glance_api', '');
      await glance.edge(edge);
      const nodes = [{ name: 'd-0', address: '10.0.0.31', api: edge }];
      here.write('dcn/dev/caches/dcn0.json', JSON.stringify({ site: 'dcn0', limitBytes: 1 << 30, nodes }));
      await work({ here, glance, services });
    } finally {
      await services.close();
    }
  });

/** Lets a fake program print a text on stderr and fail while a verb runs. */
const failing =
  (program: string, call: (at: At) => Promise<Ended>) =>
  async (at: At, text: string): Promise<Ended> => {
    at.here.write(`stderr-of-${program}`, text);
    return call(at);
  };
const verify = ({ here }: At): Promise<Ended> => here.kit(['images', 'verify', 'plain', '--at', 'dcn0']);
const list = ({ here }: At): Promise<Ended> => here.kit(['images', 'list']);
/** Closes the site for new servers, says what Nova says of that, and is refused because of a clone. */
const withdraw = ({ here }: At): Promise<Ended> =>
  here.kit(
    ['stores', 'withdraw', '--grace', '1'],
    storeDocument(here, 'dcn0', { node: { name: 'node-1', address: '10.0.0.31' } }),
  );
const closeSite = ({ here }: At): Promise<Ended> => here.kit(['site', 'close', 'dcn7']);
const inOneLine = (text: string): string => text.replaceAll('\n', ' ');

/** Lets Keystone or Glance answer a request of a verb with a text. */
const answered =
  (request: RegExp, status: number, call: (at: At) => Promise<Ended>) =>
  (at: At, says: string): Promise<Ended> => {
    at.glance.outages = [{ call: request, statuses: [status], says }];
    return call(at);
  };
/** Lets Nova, Neutron or Cinder refuse a request of a verb with a text. */
const refused =
  (request: RegExp, call: (at: At) => Promise<Ended>) =>
  (at: At, says: string): Promise<Ended> => {
    at.services.refusal = { call: request, says };
    return call(at);
  };

// Of these two, messages quote the last line.
const qemuImg = failing('qemu-img', ({ here }) =>
  ensure(here, fromFile(here, 'q', qcow2(), { diskFormat: 'qcow2' })),
);
const openstack = ({ here }: At, text: string): Promise<Ended> => {
  here.write('text', text);
  here.behave('cat ~/text >&2; exit 1');
  const subnet = { network: 'ctlplane', name: 'x', cidr: '10.0.0.0/24', gateway: '10.0.0.1' };
  return here.kit(['site', 'check'], stringify({ site: 'dcn7', stack: 'dcn7', subnets: [subnet] }));
};

const places: [string, (at: At, text: string) => Promise<Ended>][] = [
  ['an error of Keystone', answered(/^POST \/v3\/auth\/tokens/, 403, list)],
  ['an error of Glance', answered(/^GET \/v2\/images/, 403, list)],
  ['an answer of Glance that is no JSON', answered(/^GET \/v2\/images/, 200, list)],
  [
    'the status line and the headers of an answer of Glance',
    async (at, text) => {
      const line = inOneLine(text);
      const names = [
        'Set-Cookie',
        'Location',
        'WWW-Authenticate',
        'X-Subject-Token',
        'X-Openstack-Request-Id',
      ];
      const headers = Object.fromEntries(names.map((name) => [name, line]));
      let ended: Ended | undefined;
      await served(
        (_, response) => response.writeHead(403, line, headers).end(),
        async (url) => {
          at.glance.services = { ...at.services.catalog, image: new URL(url).origin };
          ended = await list(at);
        },
      );
      return ended as Ended;
    },
  ],
  [
    'the task of a copy that failed',
    ({ here, glance }, text) => {
      glance.failure = text;
      return here.kit(['images', 'copy', 'plain', '--to', 'dcn1']);
    },
  ],
  [
    'an error of the glance-api of a node with a cache',
    answered(/queued_images/, 403, ({ here }) =>
      ensure(here, generated('cached', { stores: [], caches: ['dcn0'] })),
    ),
  ],
  [
    'the name of an image, in a list for people',
    (at, text) => {
      at.glance.add(inOneLine(text), ['central']);
      return list(at);
    },
  ],
  [
    'the name of an image, in an answer',
    ({ here, glance }, text) => {
      glance.add(inOneLine(text), ['central']);
      return here.kit(['images', 'list', '--json']);
    },
  ],
  ['an error of Nova', refused(/os-services/, closeSite)],
  ['an error of Nova, in a line of progress', refused(/os-services/, withdraw)],
  ['an error of Neutron', refused(/agents/, closeSite)],
  ['an error of Cinder', refused(/^GET \/v3\/of-admin/, closeSite)],
  ['stderr of ssh', failing('ssh', verify)],
  ['stderr of cephadm', failing('cephadm', verify)],
  ['stderr of rbd', failing('rbd', verify)],
  ['stderr of podman', failing('podman', ({ here }) => here.kit(['stores', 'forget', 'dcn0']))],
  ['stderr of qemu-img', (at, text) => qemuImg(at, inOneLine(text))],
  ['stderr of openstack', (at, text) => openstack(at, inOneLine(text))],
  [
    'the log of a short command',
    ({ here }, text) => {
      here.write('text', text);
      here.behave('cat ~/text; exit 1');
      return here.kit(['stores', 'register', '--grace', '1'], storeDocument(here, 'dcn7'));
    },
  ],
  [
    'the answers of a server of images',
    async ({ here }, text) => {
      const statuses = [503, 404];
      let ended: Ended | undefined;
      await served(
        (_, response) => response.writeHead(statuses.shift() as number, inOneLine(text)).end(),
        async (url) => void (ended = await ensure(here, fromUrl(url))),
      );
      return ended as Ended;
    },
  ],
  [
    'the name of a file',
    ({ here }, text) =>
      ensure(here, generated('file', { source: { file: `/nowhere/${inOneLine(text)}` }, stores: [] })),
  ],
];

/** Three forms at a time: messages quote the ends of long texts. */
const atOnce = 3;

test.each(places)(
  `the kit shows and stores none of ${secretTexts(0).length + 2} secrets in %s`,
  (place, call) =>
    placeLab(async (at) => {
      const row = places.findIndex(([name]) => name === place);
      const known = ['a', 'b'].map((name) => `hushhush${row}x${name}Zz8`);
      writePasswords(at.here, known);
      const texts = [...secretTexts(row), ...known.map((secret) => `it was ${secret}`)];
      for (let start = 0; start < texts.length; start += atOnce) {
        const text = ['plainRelease', ...texts.slice(start, start + atOnce), 'plainRelease'].join('\n');
        const called = await call(at, text);
        expect(shown([called])).toContain('plainRelease');
        expect(shown([called]).match(planted)).toBeNull();
      }
      const noted = ['ssh-calls', 'ssh-environments', 'rbd-calls', 'calls', 'qemu-img-calls'];
      for (const file of noted.filter((name) => at.here.exists(name))) {
        expect(at.here.read(file).match(planted)).toBeNull();
      }
      expect(readableByOthers(at.here)).toEqual([]);
    })(),
);

test(
  `the kit shows none of ${secretTexts(0).length} secrets in the fault of a server`,
  serverLab(async (at) => {
    for (const text of secretTexts('fault')) {
      const id = at.glance.add('guest', ['central', 'dcn0']);
      at.nova.broken.set(id, `plainRelease ${text} plainRelease`);
      const ended = await boot(at, { image: id });
      expect(shown([ended])).toMatch(/Nova gave up on it after .*plainRelease/);
      expect(shown([ended]).match(planted)).toBeNull();
    }
  }),
);

test(
  'a token goes to no other service to which an answer redirects, and the message has no secret of that URL',
  placeLab(async (at) => {
    const got: unknown[] = [];
    await served(
      (request, response) => (got.push(request.headers), response.end('{"images": []}')),
      async (other) =>
        served(
          (_, response) =>
            response
              .writeHead(302, {
                Location: `${new URL(other).origin.replace('//', '//me:hushhush1@')}/hushhush2?sig=hushhush3`,
              })
              .end(),
          async (url) => {
            at.glance.services = { ...at.services.catalog, image: new URL(url).origin };
            const { code, stderr } = await list(at);
            expect(code).toBe(1);
            expect(stderr).toMatch(
              /^GET \S+\/v2\/images: HTTP 302: is redirected to http:\/\/127\.0\.0\.1, which/,
            );
            expect(stderr.match(planted)).toBeNull();
            const request = {
              url: new URL(url).origin,
              token: 'hushhush4',
              verb: 'state',
              ids: [],
              image: 'x',
            };
            for (const program of ['images/onnode/nodecache.py', 'direct/onnode/location.py']) {
              const { exitCode, stderr: said } = await execa(
                python(),
                [path.join(at.here.lab(), 'kit', program)],
                {
                  input: JSON.stringify({ ...request, locations: [] }),
                  reject: false,
                },
              );
              expect([exitCode, said]).toEqual([1, expect.stringMatching(/: HTTP 302 Found: $/)]);
            }
          },
        ),
    );
    expect(got).toEqual([]);
  }),
);

test(
  'a message that quotes part of a long text has no part of a secret',
  placeLab(async (at) => {
    writePasswords(at.here, ['hushhushInTheMiddleOfAQuote']);
    const keyLines = Array.from({ length: 12 }, (_, line) => `hushhush${line}`.padEnd(64, 'zZ8'));
    const start = `plainRelease\n-----BEGIN RSA PRIVATE KEY-----\n${keyLines.join('\n')}`;
    const calls = [
      // Glance's page has 61 characters before its words, and the kit quotes 80 of an answer.
      await answered(/^GET \/v2\/images/, 200, list)(at, 'plainRelease hushhushInTheMiddleOfAQuote'),
      await answered(
        /^GET \/v2\/images/,
        403,
        list,
      )(at, `${'plainRelease '.repeat(400)}hushhushInTheMiddleOfAQuote`),
      await failing('ssh', verify)(at, `${start}\n-----END RSA PRIVATE KEY-----\nplainRelease`),
      await openstack(at, start),
      await qemuImg(at, start),
    ];
    expect(calls.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1]);
    expect(shown(calls)).toContain('plainRelease');
    expect(shown(calls)).not.toContain('hushhush');
  }),
);
