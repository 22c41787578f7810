import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FakeGlance } from './fakeGlance';
import { ensure, generated, lab } from './imageLab';
import { type TestUndercloud, within } from './undercloud';

/* Files and answers of other programs that are not as they should be: an error in a sentence, never a traceback. */

jest.setTimeout(60_000);

const rc = (here: TestUndercloud, url: string): void =>
  here.write(
    'control-planerc',
    `export OS_AUTH_URL=${url}\nexport OS_USERNAME=admin\nexport OS_PASSWORD=geheim12\n`,
  );

async function fault(here: TestUndercloud, words: string[], stdin = ''): Promise<string> {
  const { code, stderr } = await here.kit(words, stdin);
  expect(code).toBe(1);
  expect(stderr).not.toContain('Traceback');
  return stderr;
}

test.concurrent(
  'an rc file with an open quote is named with its variable',
  within(async (here) => {
    here.write('control-planerc', `export OS_AUTH_URL='http://127.0.0.1:1\n`);
    expect(await fault(here, ['images', 'list'])).toMatch(
      /control-planerc: the value of OS_AUTH_URL is no shell word \(No closing quotation\); is it the rc file/,
    );
  }),
);

test.concurrent.each([
  [
    '<html>login</html>',
    /answered '<html>login<\/html>', which is not JSON; does a proxy or another service/,
  ],
  ['{"version": {}}', /answered without a token; is OS_AUTH_URL in \S+control-planerc a Keystone\?/],
])('a Keystone that answers %j is named', (answer, message) =>
  within(async (here) => {
    const server = http.createServer((_, response) => response.writeHead(200).end(answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    rc(here, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      expect(await fault(here, ['images', 'list'])).toMatch(message);
    } finally {
      server.close();
    }
  })(),
);

test.concurrent(
  'a damaged record of a job is named with its remedy',
  within(async (here) => {
    const document = here.job('dcn0/step', { commands: ['openstack one'] });
    await here.run(document);
    here.write('dcn/dev/jobs/dcn0/step/state.json', '{"job": ');
    expect(await fault(here, ['job', 'run'], document)).toMatch(
      /jobs\/dcn0\/step\/state.json: is not JSON \(.*\); restore it from a backup, or remove it and run the job/,
    );
  }),
);

test.concurrent(
  'a damaged status file of TripleO fails the run, which is on record as failed',
  within(async (here) => {
    here.behave(`status='{'`);
    const document = here.job('dcn0/overcloud-stack', {
      commands: ['openstack overcloud deploy --stack dcn0'],
    });
    const { stderr, code } = await here.run(document);
    expect(code).toBe(1);
    expect(stderr).toContain('dcn0-deployment_status.yaml: is not YAML');
    expect(stderr).not.toContain('its processes ended without an exit status');
    expect(here.record('dcn0/overcloud-stack')).toMatchObject({ state: 'failed' });
  }),
);

test.concurrent(
  'no line of an error is longer than the buffer of the plugin that shows it',
  within(async (here) => {
    const long = 'x'.repeat(100_000);
    const calls = [here.kit(['job', 'log', long]), here.kit([long]), here.kit(['stores', 'announce', long])];
    for (const { code, stderr } of await Promise.all(calls)) {
      expect(code).toBeGreaterThan(0);
      expect(stderr).toContain('xxx');
      expect(Math.max(...stderr.split('\n').map((line) => line.length))).toBeLessThanOrEqual(4000);
    }
  }),
);

test.concurrent.each(['<html>login</html>', '{"version": {}}', '[]'])(
  'a glance-api of a node with a cache that answers %j is named',
  (answer) =>
    lab(async (here, glance) => {
      const cache = '127.0.0.23';
      await glance.edge(cache);
      const nodes = [{ name: 'd-0', address: '10.0.0.31', api: cache }];
      here.write('dcn/dev/caches/dcn0.json', JSON.stringify({ site: 'dcn0', limitBytes: 1 << 30, nodes }));
      glance.outages = [{ call: /queued_images/, statuses: Array<number>(9).fill(200), says: answer }];
      const { code, stderr } = await ensure(here, generated('plain', { stores: [], caches: ['dcn0'] }));
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /d-0.*127\.0\.0\.23\S*: its answer is not that of a glance-api \(.*what listens there\?/,
      );
      expect(stderr).not.toContain('Traceback');
    })(),
);

describe("text that the shells of nodes print around a program's output", () => {
  /** Fetches an image into a cache, then reads the image back from Ceph. */
  const work = async (here: TestUndercloud, glance: FakeGlance, cache: string): Promise<string[]> => {
    await glance.edge(cache);
    const nodes = [{ name: 'd-0', address: '10.0.0.31', api: cache }];
    here.write('dcn/dev/caches/dcn0.json', JSON.stringify({ site: 'dcn0', limitBytes: 1 << 30, nodes }));
    const ended = [
      await ensure(here, generated('plain', { stores: ['dcn0'], caches: ['dcn0'] })),
      await here.kit(['images', 'verify', 'plain', '--at', 'dcn0']),
    ];
    return ended.map(({ code, stderr }) => `${code} ${stderr}`);
  };

  test.concurrent(
    'does no harm before it',
    lab(async (here, glance) => {
      here.write('welcome', 'Welcome\n');
      expect(await work(here, glance, '127.0.0.21')).toEqual([
        expect.stringMatching(/^0 /),
        expect.stringMatching(/^0 /),
      ]);
    }),
  );

  test.concurrent(
    'after it is named, where it stands in place of an answer',
    lab(async (here, glance) => {
      here.write('farewell', 'Bye\n');
      const [cached, verified] = await work(here, glance, '127.0.0.22');
      expect(cached).toMatch(/^1 [^]*cache at dcn0: d-0 answered 'Bye' in place of JSON; /);
      expect(cached).not.toContain('Traceback');
      expect(verified).toMatch(/^0 /);
    }),
  );
});
