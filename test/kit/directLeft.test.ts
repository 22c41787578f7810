import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { stringify } from 'yaml';
import { direct, partsAt, sent } from './directLab';
import type { FakeGlance } from './fakeGlance';
import { generated, sha512 } from './imageLab';
import { type TestUndercloud, until } from './undercloud';

jest.setTimeout(400_000);

const mib = 1 << 20;
const copy = (...more: string[]): string[] => ['images', 'copy', 'plain', '--json', '--to', 'dcn0', ...more];

/** Copies an image directly until this many bytes were sent, then kills the kit. Gives the image's id. */
async function cut(here: TestUndercloud, glance: FakeGlance, victim?: RegExp): Promise<string> {
  const id = glance.add('plain', ['central']);
  glance.refill('plain', randomBytes(12 * mib));
  const before = sent(here, 1);
  const running = here.start(copy('--direct', '--rate', '20'));
  await until(() => sent(here, 1) > before + 3 * mib, 'some blocks', 90);
  here.kill(victim);
  expect((await running.ended).code).toBe(-1);
  return id;
}

/** The kit dies where it would note that a copy, which Glance lists, is not unfinished any more, while ~/dies exists. */
const dies = (here: TestUndercloud): void => {
  here.inject(`
import os, signal
from stores import parts
end = parts.end
def last(*words):
    if os.path.exists(os.path.expanduser("~/dies")):
        os.kill(os.getpid(), signal.SIGKILL)
    end(*words)
parts.end = last`);
  here.write('dies', '');
};

/** What direct copies have left on the undercloud, without the digests of blocks. */
const left = (here: TestUndercloud): string[] =>
  ['images', 'images/turns', 'stores/parts/dcn0']
    .filter((folder) => here.exists(`dcn/dev/${folder}`))
    .flatMap((folder) => fs.readdirSync(here.path(`dcn/dev/${folder}`)))
    .filter((name) => !['blocks', 'turns', 'ways', 'set'].includes(name))
    .sort();

describe('what kill -9 of a direct copy leaves', () => {
  test.concurrent(
    'goes with the next copy, also where Glance lists the copy already',
    direct(async (here, glance) => {
      const id = glance.add('plain', ['central']);
      dies(here);
      expect(await here.kit(copy('--direct'))).toMatchObject({ code: -1 });
      expect([glance.where('plain'), left(here)]).toEqual([
        ['central', 'dcn0'],
        [id, `${id}.direct.lock`],
      ]);
      fs.rmSync(here.path('dies'));
      // As where Glance was asked past the kit for the copy that a direct one had begun.
      here.write(`ceph/dcn0/images/${id}.glance-dcn-part`, 'part');
      expect(await here.kit(copy('--direct'))).toMatchObject({ code: 0 });
      expect([glance.where('plain'), left(here)]).toEqual([['central', 'dcn0'], []]);
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([id]);
      expect(await here.kit(['images', 'verify', 'plain'])).toMatchObject({ code: 0 });
    }),
  );

  test.concurrent(
    'goes with the next up, also where Glance lists the copy already',
    direct(async (here, glance) => {
      const document = stringify(generated('plain', { stores: ['central', 'dcn0'], copy: { direct: {} } }));
      dies(here);
      expect(await here.kit(['images', 'ensure'], document)).toMatchObject({ code: -1 });
      const id = glance.id('plain');
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
      expect(left(here)).toContain(id);
      fs.rmSync(here.path('dies'));
      expect(await here.kit(['images', 'ensure'], document)).toMatchObject({ code: 0 });
      expect(left(here)).not.toContain(id);
      expect(fs.readdirSync(here.path('ceph/dcn0/images'))).toEqual([id]);
    }),
  );

  test.concurrent(
    'is removed by the id of an image that Glance does not have any more, and by the next direct copy of another',
    direct(async (here, glance) => {
      const first = await cut(here, glance, /images\0copy/);
      glance.forget('plain');
      expect(partsAt(here, 'dcn0')).toEqual([first]);
      const unknown = await here.kit(['images', 'remove', 'none', first, '--from', 'dcn0']);
      expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/^image none: no image has/)]);
      expect(await here.kit(['images', 'remove', first, '--from', 'dcn0'])).toMatchObject({ code: 0 });
      expect([partsAt(here, 'dcn0'), left(here)]).toEqual([[], []]);
      const second = await cut(here, glance, /images\0copy/);
      glance.forget('plain');
      expect(partsAt(here, 'dcn0')).toEqual([second]);
      // This one was killed before it had begun.
      here.write('dcn/dev/images/0a.direct.lock', '{"holder":"old (0a)"}');
      glance.add('plain', ['central']);
      expect(await here.kit(copy('--direct'))).toMatchObject({ code: 0 });
      expect([partsAt(here, 'dcn0'), left(here)]).toEqual([[], []]);
    }),
  );
});

describe('after a restart of the undercloud', () => {
  test.concurrent(
    'the next command goes on with a direct copy, and nothing shows a copy meanwhile',
    direct(async (here, glance) => {
      // All processes end at once, and those at nodes see the end of their connections.
      const id = await cut(here, glance);
      await until(() => here.processes().length === 0, 'the end of all processes');
      expect((await here.json<{ directCopies: object[] }>(['status', '--json'])).directCopies).toEqual([]);
      const [row] = await here.json<{ unfinished: string[] }[]>(['images', 'list', '--json']);
      expect(row?.unfinished).toEqual(['dcn0']);
      const before = sent(here, 1);
      await here.json(copy('--direct'));
      expect(sent(here, 1) - before).toBeLessThan(11 * mib);
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
      expect(sha512(fs.readFileSync(here.path(`ceph/dcn0/snaps/images/${id}/data`)))).toBe(
        sha512(glance.data('plain')),
      );
      expect(left(here)).toEqual([]);
    }),
  );

  test.concurrent(
    'the next command follows the import of Glance that runs already',
    direct(async (here, glance) => {
      glance.add('plain', ['central']);
      glance.copySeconds = 15;
      const running = here.start(copy());
      await until(() => glance.importing.size > 0, 'the import', 60);
      here.kill();
      expect((await running.ended).code).toBe(-1);
      expect(glance.where('plain')).toEqual(['central']);
      await here.json(copy());
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
      expect(glance.property('plain', 'os_glance_failed_import') ?? '').toBe('');
    }),
  );
});
