import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { answerOf, boot, lab, prove, serverDocument } from './serverLab';
import { type Ended, python, sleep, until } from './undercloud';

jest.setTimeout(90_000);

describe('servers prove', () => {
  const name = 'glance-dcn-verify-dcn0';

  test.concurrent(
    'removes the server again, whatever was seen',
    lab(async (at) => {
      const id = at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      const good = await prove(at);
      expect(good.code).toBe(0);
      expect(answerOf(good)).toMatchObject({ outcome: 'clone', faults: [] });
      at.nova.flat.add(id);
      const bad = await prove(at, { system: false });
      expect(answerOf(bad)).toMatchObject({
        console: 'none',
        consoleSeconds: null,
        parent: null,
        faults: [
          expect.stringMatching(
            /^image guest \(.*\): at dcn0 the disk vms\/.*_disk is not its clone \(parent: none\)/,
          ),
        ],
      });
      at.nova.broken.set(id, 'Build aborted');
      expect(await prove(at)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Build aborted') as string,
      });
      expect(at.nova.events).toEqual([1, 2, 3].flatMap(() => [`+ ${name}`, `- ${name}`]));
    }),
  );

  test.concurrent.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'removes the server when %s interrupts the proof, also when a second one follows',
    (signal) =>
      lab(async (at) => {
        at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
        Object.assign(at.nova, { bootSeconds: 60, deleteSeconds: 1 });
        const running = at.here.start(['servers', 'prove'], serverDocument('dcn0'));
        await until(() => at.nova.asked.length > 0, 'the server');
        running.kill(signal);
        await sleep(0.4);
        running.kill(signal);
        const ended = await running.ended;
        expect(ended).toMatchObject({
          code: 130,
          stderr: expect.stringContaining(`server ${name}: interrupted, and removed`) as string,
        });
        expect(at.nova.events).toEqual([`+ ${name}`, `- ${name}`]);
      })(),
  );

  test.concurrent(
    'removes the server when the connection of its caller is lost',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.nova.bootSeconds = 60;
      const running = at.here.open(['servers', 'prove']);
      running.input(`${serverDocument('dcn0')}...\n`);
      await until(() => at.nova.asked.length > 0, 'the server');
      await sleep(0.5);
      expect(at.nova.events).toEqual([`+ ${name}`]);
      running.endInput();
      expect((await running.ended).code).toBe(130);
      expect(at.nova.events).toEqual([`+ ${name}`, `- ${name}`]);
      at.nova.bootSeconds = 0.1;
      const whole = at.here.open(['servers', 'prove']);
      whole.input(`${serverDocument('dcn0')}...\n`);
      expect((await whole.ended).code).toBe(0);
    }),
  );

  test.concurrent(
    'removes the server when the connection is lost before Nova has answered the request for it',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      Object.assign(at.nova, { bootSeconds: 60, createSeconds: 1.5 });
      // Python code between the request and its answer, at which a signal can interrupt the main thread.
      at.here.inject(`
import http.client, time

_begin = http.client.HTTPResponse.begin

def _late(response):
    until = time.monotonic() + 1
    while response._method == "POST" and time.monotonic() < until:
        time.sleep(0.01)
    _begin(response)

http.client.HTTPResponse.begin = _late
`);
      const running = at.here.open(['servers', 'prove']);
      running.input(`${serverDocument('dcn0')}...\n`);
      await until(() => at.nova.requests > 0, 'the request');
      running.endInput();
      expect((await running.ended).code).toBe(130);
      expect(at.nova.events).toEqual([`+ ${name}`, `- ${name}`]);
    }),
  );

  test.concurrent(
    'removes the server when the reader of its output has ended',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.nova.bootSeconds = 60;
      const fakes = path.join(__dirname, 'fakes');
      // The first two lines describe the server; with the third it exists.
      const line = `${python()} ${path.join(at.here.lab(), 'kit')} servers prove 2>&1 >/dev/null | head -n 3`;
      const child = spawn('bash', ['-c', line], {
        env: { HOME: at.here.home, PATH: `${fakes}:${process.env.PATH}` },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      child.stdin.end(serverDocument('dcn0'));
      await new Promise((resolve) => child.on('close', resolve));
      expect(at.nova.events).toEqual([`+ ${name}`, `- ${name}`]);
    }),
  );

  test.concurrent(
    'removes the server of a killed proof before the next proof at the site',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.nova.bootSeconds = 60;
      const running = at.here.start(['servers', 'prove'], serverDocument('dcn0'));
      await until(() => at.nova.asked.length > 0, 'the server');
      running.kill('SIGKILL');
      await running.ended;
      expect(at.nova.events).toEqual([`+ ${name}`]);
      at.nova.bootSeconds = 0.1;
      const ended = await prove(at);
      expect(ended).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('was left by an earlier proof') as string,
      });
      expect(at.nova.events).toEqual([1, 2].flatMap(() => [`+ ${name}`, `- ${name}`]));
    }),
  );

  test.concurrent(
    'leaves no server in the way of a deletion when it is killed; other servers stay',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.glance.add('other', ['central', 'dcn0'], { visibility: 'public' });
      expect((await boot(at, { image: 'other' })).code).toBe(0);
      at.nova.console = 'starts';
      const running = at.here.start(['servers', 'prove'], serverDocument('dcn0'));
      await running.says(/is ACTIVE/);
      running.kill('SIGKILL');
      await running.ended;
      const entry = { site: 'dcn0', store: 'dcn0', cluster: 'dcn0', digest: 'x' };
      const node = { name: 'dcn0-hci-0', address: '10.0.0.31' };
      at.here.write('dcn/dev/stores/dcn0.json', JSON.stringify({ ...entry, node }));
      const remove = (image: string): Promise<Ended> =>
        at.here.kit(['images', 'remove', image, '--from', 'dcn0']);
      const removed = await remove('guest');
      expect([removed.code, at.glance.where('guest')]).toEqual([0, ['central']]);
      expect(removed.stderr).toContain(`server ${name}: was left by a killed proof, and is removed\n`);
      expect((await remove('other')).code).toBe(2);
      expect(at.nova.events).toEqual(['+ vm1', `+ ${name}`, `- ${name}`]);
    }),
  );

  test.concurrent(
    'boots one at a time at a site, and sites side by side',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0', 'dcn1'], { visibility: 'public' });
      at.nova.bootSeconds = 2;
      const ended = await Promise.all(
        ['dcn0', 'dcn0', 'dcn1'].map((site) => at.here.kit(['servers', 'prove'], serverDocument(site))),
      );
      expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
      const { events } = at.nova;
      expect(events.filter((event) => event.endsWith('dcn0'))).toEqual(
        [1, 2].flatMap(() => [`+ ${name}`, `- ${name}`]),
      );
      expect(events.slice(0, 2).sort()).toEqual([`+ ${name}`, '+ glance-dcn-verify-dcn1']);
    }),
  );

  test.concurrent(
    'reports a console that never says it is ready, and one that is silent',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      const constants = path.join(at.here.lab(), 'kit', 'servers', 'console.py');
      at.here.write(
        path.relative(at.here.home, constants),
        at.here
          .read(path.relative(at.here.home, constants))
          .replace('LIMIT_SECONDS = 300', 'LIMIT_SECONDS = 3')
          .replace('_QUIET_SECONDS = 20', '_QUIET_SECONDS = 1'),
      );
      at.nova.console = 'Linux version 6.1';
      expect(answerOf(await prove(at))).toMatchObject({ console: 'written', faults: [] });
      at.nova.console = '';
      expect(answerOf(await prove(at))).toMatchObject({
        console: 'silent',
        faults: [expect.stringContaining('has written nothing to its serial console') as string],
      });
    }),
  );
});
