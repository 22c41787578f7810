import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import execa from 'execa';
import { direct, sites } from './directLab';
import type { FakeGlance } from './fakeGlance';
import { type TestUndercloud, python, until } from './undercloud';

jest.setTimeout(240_000);

const mib = 1 << 20;
const copy = (name: string, stores: string[]): string[] => [
  ...['images', 'copy', name, '--direct', '--json', '--to'],
  ...stores,
];

/** Holds the first request that adds locations until all copies are whole; gives the number of such requests so far. */
function holdsFirst(here: TestUndercloud, glance: FakeGlance, stores: string[]): () => number {
  let requests = 0;
  glance.before = async (call) => {
    requests += /^PATCH/.test(call) ? 1 : 0;
    if (/^PATCH/.test(call) && requests === 1) {
      const isWhole = (store: string): boolean =>
        fs.readdirSync(here.path(`ceph/${store}/images`)).includes(glance.id('plain'));
      await until(() => stores.every(isWhole), 'whole copies at all stores');
      // The kit has yet to read what the last one says.
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
  };
  return () => requests;
}

describe('the direct way to many sites', () => {
  test.concurrent(
    'tells Glance by one request of all copies that ended meanwhile',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 6);
      glance.add('plain', ['central']);
      const requests = holdsFirst(here, glance, stores);
      await here.json(copy('plain', stores));
      expect(glance.where('plain')?.sort()).toEqual(['central', ...stores]);
      expect(requests()).toBeLessThanOrEqual(3);
    }),
  );

  test.concurrent(
    'tells Glance of each copy alone if it refuses several at once',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 4);
      const id = glance.add('plain', ['central']);
      holdsFirst(here, glance, stores);
      const running = here.start(copy('plain', stores));
      // Of one of those that wait, Glance does not find the data.
      const whole = (): string[] =>
        stores.filter((store) => fs.existsSync(here.path(`ceph/${store}/images/${id}`)));
      await until(() => whole().length === stores.length, 'whole copies', 120);
      const waiting = stores.find((store) => !glance.where('plain')?.includes(store)) as string;
      fs.appendFileSync(here.path(`ceph/${waiting}/snaps/images/${id}/data`), 'more');
      const { code, stderr } = await running.ended;
      const copied = glance.where('plain') ?? [];
      expect([code, stderr]).toEqual([1, expect.stringContaining(`not copied to ${waiting}: `) as string]);
      expect(copied.sort()).toEqual(['central', ...stores.filter((store) => store !== waiting)]);
    }),
  );

  test.concurrent.each([
    ['503 to a request that it has carried out', [503], true],
    ['409 twice', [409, 409], false],
    ['nothing to a request that it has carried out', [0], true],
  ])('says no failure where Glance answers %s', (_, statuses, done) =>
    direct(async (here, glance) => {
      glance.add('plain', ['central']);
      glance.outages.push({ call: /^PATCH/, statuses: [...statuses], done });
      await here.json(copy('plain', ['dcn0']));
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
    })(),
  );

  test.concurrent(
    'looks at Glance again for a copy that Glance forgets after it was listed',
    direct(async (here, glance) => {
      const id = glance.add('plain', ['central']);
      let looks = 0;
      glance.before = (call) => {
        looks += call === `GET /v2/images/${id}` && glance.where('plain')?.includes('dcn0') ? 1 : 0;
        if (looks === 2) {
          looks += 1;
          glance.forgetLocation(id, 'dcn0');
        }
      };
      await here.json(copy('plain', ['dcn0']));
      expect(looks).toBeGreaterThan(2);
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
      expect(glance.calls(/^PATCH/)).toHaveLength(2);
    }),
  );

  test.concurrent(
    'works where the shell allows fewer open files than the connections to all sites are',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 8);
      glance.add('plain', ['central']);
      here.inject(
        'import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (24, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))',
      );
      expect(await here.kit(copy('plain', stores))).toMatchObject({ code: 0 });
      expect(glance.where('plain')).toHaveLength(9);
    }),
  );

  test.concurrent(
    'decides once about each block for all sites of a copy that have the same',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 3);
      glance.add('plain', ['central']);
      glance.refill('plain', randomBytes(mib));
      here.inject(`
from direct.needs import Needs
must_send = Needs.must_send
def noted(*words):
    with open(${JSON.stringify(here.path('asked'))}, "a") as file:
        file.write("block\\n")
    return must_send(*words)
Needs.must_send = noted`);
      await here.json(copy('plain', stores));
      // An image of 1 MiB has 16 blocks of 64 KiB.
      expect(here.read('asked').match(/block/g)).toHaveLength(16);
    }),
  );

  test.concurrent(
    'decides once for all stores that have the same, and reads a list of blocks once',
    direct(async (here) => {
      const digests = Buffer.concat(Array.from({ length: 1000 }, () => randomBytes(16)));
      here.write('dcn/dev/images/blocks/one', '');
      fs.writeFileSync(here.path('dcn/dev/images/blocks/one'), digests);
      const program = `
import sys, threading
sys.path.insert(0, sys.argv[1])
from direct import lists
from direct.needs import Needs, frames
from lab import Lab
lab = Lab(sys.argv[2])
reads = []
read = lists.read
lists.read = lambda *words: reads.append(words) or read(*words)
known = lists.Known(lab)
found = []
threads = [threading.Thread(target=lambda: found.append(known.elsewhere({"one"}))) for _ in range(50)]
for thread in threads: thread.start()
for thread in threads: thread.join()
image = lists.split(read(lab, "one")) + [b"x" * 16] * 20
asked = []
needs = Needs(len(image) << 16, b"", found[0])
must_send = needs.must_send
needs.must_send = lambda *words: asked.append(words) or must_send(*words)
stores = frozenset(f"dcn{n}" for n in range(50))
sent = frames(0, image, {needs: stores})
print(len(reads), len(set(found)), len(asked), sum(map(len, needs.local.values())) // 24)
print([(len(blocks), to == stores) for blocks, to in sent])
`;
      const { stdout } = await execa(python(), ['-c', program, here.path('dcn/dev/kit'), here.lab()], {
        env: { HOME: here.home },
      });
      expect(stdout.split('\n')).toEqual(['1 1 1020 1000', '[(16, True), (4, True)]']);
    }),
  );

  test.concurrent(
    'tells Glance of at most 16 copies by one request, and leaves those alone that were in one that failed',
    direct(async (here) => {
      const program = `
import sys
sys.path.insert(0, sys.argv[1])
from direct.locations import Locations, _Queue
from errors import KitError
locations, asked = Locations(None, None), []
def refuse(_, urls):
    asked.append(len(urls))
    raise KitError("refused")
locations._request = refuse
queue = _Queue()
for n in range(20): queue.put(f"dcn{n}", "url")
for n in (0, 1, 16, 17):
    request = locations._begin("id", queue, f"dcn{n}", "url")
    print(request and request.result())
print(asked)
`;
      const { stdout } = await execa(python(), ['-c', program, here.path('dcn/dev/kit')]);
      // dcn1 was in the first one; of the four that are left, dcn17 was in the third.
      expect(stdout.split('\n')).toEqual(['None', 'refused', 'None', 'refused', '[16, 1, 4, 1]']);
    }),
  );

  test.concurrent(
    'estimates what a site gets by the frames that have come, not by the windows that were asked for',
    direct(async (here) => {
      const program = `
import sys
sys.path.insert(0, sys.argv[1])
from direct.spool import Spool
with Spool(sys.argv[2]) as spool:
    print(spool.total("dcn0"))
    spool.add(b"x" * 1000, frozenset(["dcn0"]), 0.25)
    print(spool.total("dcn0"))
    spool.add(b"x" * 2000, frozenset(["dcn0"]), 0.5)
    print(spool.total("dcn0"))
    spool.end()
    print(spool.total("dcn0"))
`;
      const { stdout } = await execa(python(), ['-c', program, here.path('dcn/dev/kit'), here.lab()]);
      expect(stdout.split('\n')).toEqual(['(0, False)', '(4000, False)', '(6000, False)', '(3000, True)']);
    }),
  );

  test.concurrent(
    'holds little of an image in memory for each site that is slow',
    direct(async (here, glance) => {
      const stores = sites(here, glance, 12);
      glance.add('plain', ['central']);
      glance.locationQuota = Infinity;
      glance.refill('plain', randomBytes(3 * mib));
      stores.forEach((_, index) => here.write(`wan-rate-10.0.0.${31 + index}`, String(mib / 4)));
      const peak = async (to: string[]): Promise<number> => {
        const running = here.start(copy('plain', to));
        let kib = 0;
        const watch = setInterval(() => {
          const status = `/proc/${running.pid}/status`;
          const text = fs.existsSync(status) ? fs.readFileSync(status, 'utf8') : '';
          kib = Number(/^VmHWM:\s*(\d+)/m.exec(text)?.[1] ?? kib);
        }, 50);
        expect(await running.ended).toMatchObject({ code: 0 });
        clearInterval(watch);
        return kib / 1024;
      };
      const one = await peak(stores.slice(0, 1));
      // Eleven further frames of 1 MiB would take more.
      expect(await peak(stores.slice(1))).toBeLessThan(one + 9);
    }),
  );
});
