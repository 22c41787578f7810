import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { direct, partsAt, sent } from './directLab';
import { sha512 } from './imageLab';
import { type TestUndercloud, until } from './undercloud';

jest.setTimeout(240_000);

const mib = 1 << 20;
const words = ['images', 'copy', 'plain', '--direct', '--json', '--to', 'dcn0'];
const writer = /^python3\0-c\0[^]*Writes an image/;
const connection = /count-bytes\0.*sent-to-10\.0\.0\.31/;

function signal(here: TestUndercloud, victims: RegExp, name: NodeJS.Signals): void {
  const pids = here.processes(victims);
  expect(pids.length).toBeGreaterThan(0);
  pids.forEach((pid) => process.kill(pid, name));
}

describe('a connection that breaks without a word', () => {
  test.concurrent(
    'leaves no program at the store that holds the unfinished copy open, and the next call goes on',
    direct(async (here, glance) => {
      const id = glance.add('plain', ['central']);
      const data = randomBytes(8 * mib);
      glance.refill('plain', data);
      here.inject('from direct import session\nsession._SILENCE_SECONDS = 3');
      const running = here.start([...words, '--rate', '10']);
      await until(() => sent(here, 1) > 2 * mib, 'some blocks', 60);
      signal(here, connection, 'SIGSTOP');
      await until(() => here.processes(writer).length === 0, 'the end of the writer', 30);
      expect(here.processes(/rbd-writes\0/)).toEqual([]);
      expect(partsAt(here, 'dcn0')).toEqual([id]);
      signal(here, connection, 'SIGCONT');
      expect(await running.ended).toMatchObject({ code: 1 });
      await here.json(words);
      expect(sha512(fs.readFileSync(here.path(`ceph/dcn0/snaps/images/${id}/data`)))).toBe(sha512(data));
      expect(sent(here, 1)).toBeLessThan(10.5 * mib);
    }),
  );

  test.concurrent(
    'gives no copy its name that another call may be writing',
    direct(async (here, glance) => {
      const id = glance.add('plain', ['central']);
      const data = randomBytes(2 * mib);
      glance.refill('plain', data);
      here.inject('from direct import session\nsession._SILENCE_SECONDS = 3');
      const running = here.start([...words, '--rate', '10']);
      await until(() => here.processes(/rbd-writes\0/).length > 0, 'some blocks', 60);
      here.write('ceph/dcn0/hangs', '');
      // It reads its copy back: it has got all that the kit sends before the name.
      await until(() => here.processes(/fakes\/rbd\0snap\0create/).length > 0, 'the snapshot', 60);
      signal(here, connection, 'SIGSTOP');
      fs.rmSync(here.path('ceph/dcn0/hangs'));
      await until(() => here.processes(writer).length === 0, 'the end of the writer', 30);
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([`${id}.glance-dcn-part`]);
      signal(here, connection, 'SIGCONT');
      expect(await running.ended).toMatchObject({ code: 1 });
      expect(glance.where('plain')).toEqual(['central']);
      await here.json(words);
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([id]);
      expect(sha512(fs.readFileSync(here.path(`ceph/dcn0/snaps/images/${id}/data`)))).toBe(sha512(data));
    }),
  );

  test.concurrent(
    'is told from a kit that has nothing to send for a while',
    direct(async (here, glance) => {
      glance.add('plain', ['central']);
      glance.refill('plain', randomBytes(mib / 4));
      here.inject('from direct import session\nsession._SILENCE_SECONDS = 3');
      // A piece of 64 KiB takes five seconds.
      const running = here.start([...words, '--rate', '0.1']);
      expect(await running.ended).toMatchObject({ code: 0 });
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
    }),
  );
});
