import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import execa from 'execa';
import { stringify } from 'yaml';
import { direct, sent } from './directLab';
import type { FakeGlance } from './fakeGlance';
import { ensure, lab, sha512 } from './imageLab';
import { type TestUndercloud, python, until } from './undercloud';

jest.setTimeout(240_000);

const mib = 1 << 20;

/** Adds an image of random data to the store central. */
function add(glance: FakeGlance, name: string, mebibytes: number): void {
  glance.add(name, ['central']);
  glance.refill(name, randomBytes(mebibytes * mib));
}

/** What each line of progress says of bytes: of how many, how fast, how long yet. */
function told(stderr: string, what: string): { done: number; of: number; rate: number; left: number }[] {
  const line = new RegExp(
    `, ${what}: (\\d+) of (?:about )?(\\d+) MiB, ([\\d.]+) MiB/s, (?:about )?(\\d+)s left`,
    'g',
  );
  return [...stderr.matchAll(line)].map(([, ...numbers]) => {
    const [done, of, rate, left] = numbers.map(Number) as [number, number, number, number];
    return { done, of, rate, left };
  });
}

/** Runs `work`, and kills every process of the undercloud as soon as `due` holds, as a restart of the undercloud does. */
async function restartedWhen(
  here: TestUndercloud,
  work: Promise<unknown>,
  due: () => boolean,
): Promise<void> {
  await until(due, 'the moment of the restart', 120);
  here.kill();
  await work;
}

describe('progress of copies', () => {
  test.concurrent(
    'has bytes, rate and time left of each site by the direct way',
    direct(async (here, glance) => {
      add(glance, 'plain', 8);
      // Slow enough that two reports come before the faster one ends.
      here.write('wan-rate-10.0.0.31', String(mib / 2));
      here.write('wan-rate-10.0.0.32', String(mib / 4));
      const words = ['images', 'copy', 'plain', '--direct', '--to', 'dcn0', 'dcn1'];
      const { code, stderr } = await here.kit(words);
      expect(code).toBe(0);
      for (const [site, rate] of [
        ['dcn0', 0.5],
        ['dcn1', 0.25],
      ] as const) {
        const lines = told(stderr, `plain directly to ${site}`);
        expect(lines.length).toBeGreaterThan(0);
        for (const line of lines) {
          expect(line.of).toBe(8);
          expect(line.rate).toBeGreaterThan(0.4 * rate);
          expect(line.rate).toBeLessThan(1.6 * rate);
          expect(Math.abs(line.left - (8 - line.done) / line.rate)).toBeLessThan(2 / line.rate + 1);
        }
      }
    }),
  );

  test.concurrent(
    'goes on for a slow site after Glance was told of a fast one',
    direct(async (here, glance) => {
      add(glance, 'plain', 8);
      here.write('wan-rate-10.0.0.32', String(mib / 4));
      const running = here.start(['images', 'copy', 'plain', '--direct', '--to', 'dcn0', 'dcn1']);
      await until(() => glance.where('plain')?.includes('dcn0') === true, 'the copy at dcn0', 120);
      expect(sent(here, 2)).toBeLessThan(2.5 * mib);
      const { code, stderr } = await running.ended;
      expect(code).toBe(0);
      expect(Math.max(...told(stderr, 'plain directly to dcn1').map(({ done }) => done))).toBeGreaterThan(2);
    }),
  );

  test.concurrent(
    'says what a site has already when a copy of the lab file goes on after a restart of the undercloud',
    direct(async (here, glance) => {
      const seed = { source: { made: { sizeMiB: 16, seed: 'one' } }, copy: { direct: {} } };
      const document = { name: 'plain', diskFormat: 'raw', stores: ['central', 'dcn0'], ...seed };
      here.write('wan-rate-10.0.0.31', String(mib));
      await restartedWhen(here, ensure(here, document), () => sent(here, 1) > 6 * mib);
      expect(glance.where('plain')).toEqual(['central']);
      const { code, stderr } = await here.kit(['images', 'ensure'], stringify(document));
      expect(code).toBe(0);
      expect(stderr).toMatch(/, plain directly to dcn0: \d+ of .* MiB, .*, [3-6] MiB were there/);
      // 12 MiB are not zeros. The pipes to the site, which a WAN has not, hold what is on its way.
      expect(sent(here, 1)).toBeLessThan(1.1 * 12 * mib + mib);
      const id = glance.id('plain');
      expect(sha512(fs.readFileSync(here.path(`ceph/dcn0/snaps/images/${id}/data`)))).toBe(
        sha512(glance.data('plain')),
      );
    }),
  );

  test.concurrent(
    'has what Glance tells of each of its stores',
    lab(async (here, glance) => {
      add(glance, 'plain', 40);
      Object.assign(glance, { copySeconds: 24, reportSeconds: 2 });
      // Glance writes to the stores in the order of the request, and lists them sorted.
      const { code, stderr } = await here.kit(['images', 'copy', 'plain', '--to', 'dcn1', 'dcn0']);
      expect(code).toBe(0);
      expect(stderr).toMatch(/, plain by Glance to dcn1: \d+ of 40 MiB, .* left, then to dcn0$/m);
      for (const site of ['dcn0', 'dcn1']) {
        const lines = told(stderr, `plain by Glance to ${site}`);
        expect(lines.length).toBeGreaterThan(0);
        expect(lines[0]?.rate).toBeGreaterThan(1);
        expect(lines[0]?.rate).toBeLessThan(2.4);
        expect(lines[0]?.of).toBe(40);
      }
      // The last message for the store before says nothing of the next.
      expect(told(stderr, 'plain by Glance to dcn0')[0]?.done).toBeLessThan(36);
    }),
  );

  test.concurrent(
    'goes on after Ctrl-C: the import that runs already is followed',
    lab(async (here, glance) => {
      add(glance, 'plain', 40);
      Object.assign(glance, { copySeconds: 30, reportSeconds: 2 });
      const words = ['images', 'copy', 'plain', '--to', 'dcn0'];
      const first = here.start(words);
      await first.says(/plain by Glance to dcn0/);
      first.kill('SIGINT');
      expect(await first.ended).toMatchObject({ code: 130 });
      const { code, stderr } = await here.kit(words);
      expect(code).toBe(0);
      expect(told(stderr, 'plain by an import that runs already to dcn0').length).toBeGreaterThan(0);
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
    }),
  );

  test.concurrent(
    'has a line for each of the ten copies that take longest, and says when no bytes come any more',
    lab(async (here) => {
      const program = `
import sys
sys.path.insert(0, sys.argv[1])
from stores.progress import Rate, Transfer, lines
mib = 1 << 20
rates, transfers = {}, [Transfer(f"plain to dcn{n}", n * mib, 100 * mib) for n in range(1, 15)]
for one in transfers:
    rates[one.what] = Rate()
    rates[one.what].note(0, one._replace(done=0))
    rates[one.what].note(10, one)
print(*lines(["a: waits"], transfers, rates), sep="\\n")
print(*lines([f"a{n}: waits" for n in range(12)], [], {}))
pausing = Rate()
for now in range(700):
    one = transfers[0]._replace(done=min(now, 20 + max(0, now - 620)) * mib)
    pausing.note(now, one)
    if now in (10, 30, 320, 622, 625):
        print(*lines([], [one._replace(total=0 if now == 622 else one.total)], {one.what: pausing}))
`;
      const { stdout } = await execa(python(), ['-c', program, here.path('dcn/dev/kit')]);
      const printed = stdout.split('\n');
      expect(printed.slice(0, 3)).toEqual([
        'a: waits',
        '4 copies that end before these:',
        'plain to dcn10: 10 of 100 MiB, 1.0 MiB/s, 1m30s left',
      ]);
      expect(printed.slice(-7)).toEqual([
        'plain to dcn1: 1 of 100 MiB, 0.1 MiB/s, 16m30s left',
        `${Array.from({ length: 10 }, (_, n) => `a${n}: waits`).join('; ')}; 2 more`,
        'plain to dcn1: 10 of 100 MiB, 1.0 MiB/s, 1m30s left',
        'plain to dcn1: 20 of 100 MiB, 0.7 MiB/s, 2m00s left',
        'plain to dcn1: 20 of 100 MiB, nothing came for 5m00s',
        'plain to dcn1: 22 MiB, 1.0 MiB/s',
        'plain to dcn1: 25 of 100 MiB, 1.0 MiB/s, 1m15s left',
      ]);
    }),
  );
});
