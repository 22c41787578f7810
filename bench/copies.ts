import { fewestNodes, LabUnderTest } from '../test/sandbox/labUnderTest';
import { cutAtHalf } from './cutCopies';
import { makeImages } from './imagesToCopy';
import type { Figures } from './measure';
import { tenantColumns, tenantServers } from './tenants';
import { type Sent, type Way, copyWords, measured } from './wan';

/*
 * Copies of images over WAN links of 20 and 200 Mbit/s, by Glance and directly, on a lab of the sandbox with four edge sites: their
 * times, the bytes on the sites' WAN links, and the content at all sites after each copy. Then copies that a cut of the WAN
 * interrupts, clones of what was copied directly, and servers of tenants.
 *
 * With the image of 1 GiB, of which 512 MiB are data, one copy over 20 Mbit/s cannot take less than 215 s. So at that
 * rate Glance copies to one and to four sites only, and cuts and Glance's copy of the next version are measured at 200 Mbit/s alone.
 * `--mib 64` is for a look at whether all of it works; its times are mostly those of starting programs.
 */

const sites = ['dcn0', 'dcn1', 'dcn2', 'dcn3'];
const mebibyte = 2 ** 20;

/** The shipped lab file with the fewest nodes, four edge sites, and no image but that of servers. */
function labFile(text: string): string {
  const edges = sites.map(
    (site, index) => `    ${site}: { nodes: { oc0-ceph-${index + 4}: DistributedComputeHCI } }\n`,
  );
  return fewestNodes(text)
    .replace(/( {4}dcn\d: .*\n)+/, edges.join(''))
    .replace('control-plane:\n', 'control-plane:\n      defaultZone: dcn0\n')
    .replace(/( {4}guest:\n.*\n {6}sites: ).*\n[^]*$/, `$1[${sites.join(', ')}]\n`);
}

/** All measurements on the lab: each table as soon as it was measured. @param mib size of the image */
export async function* copiesOnLab(mib: number): AsyncGenerator<Figures> {
  const lab = new LabUnderTest('benchcopies');
  const say = (text: string): void => console.error(`bench: ${text}`);
  try {
    lab.write(labFile);
    say('a lab with four edge sites');
    await lab.dcn('up');
    say(`images of ${mib} MiB`);
    await makeImages(lab, mib);
    const copies = new Copies(lab, mib, say);
    for (const rate of [20, 200]) {
      await copies.at(rate);
    }
    yield { columns: copyColumns, rows: copies.rows };
    yield {
      columns: ['clones of an image that was copied directly', 'parent', 'clone (s)', 'full copy (s)'],
      rows: copies.clones,
    };
    // A smaller image would have arrived before the cut.
    const cutRate = mib < 512 ? 20 : 200;
    await setRates(lab, cutRate);
    const cuts = [];
    for (const way of ['Glance', 'direct'] as const) {
      say(`a copy by ${way === 'direct' ? 'the direct way' : way} that is cut`);
      cuts.push(await cutAtHalf(lab, way, copies.bytesOfOne(way)));
    }
    yield {
      columns: [`cut at half of a copy, ${cutRate} Mbit/s`, 'calls', 'sent, × one copy (1.1)', 'sha512'],
      rows: cuts,
    };
    yield { columns: tenantColumns, rows: await tenantServers(lab, labFile, say) };
  } finally {
    await lab.cleanUp();
  }
}

async function setRates(lab: LabUnderTest, rate: number): Promise<void> {
  for (const site of sites) {
    await lab.dcn('sandbox', 'wan', site, `${rate}mbit`);
  }
}

/** In brackets: goals. The first one names image, way and number of sites. */
const copyColumns = [
  'copied, sha512 equal at all',
  'WAN (Mbit/s)',
  'time (s)',
  '× bytes/rate (1.2)',
  '× one site (1.3)',
  'sent/raw',
];

/** The copies at both rates, a row each. */
class Copies {
  readonly rows: string[][] = [];
  readonly clones: string[][] = [];
  private readonly one = new Map<string, Sent>();

  constructor(
    private readonly lab: LabUnderTest,
    private readonly mib: number,
    private readonly say: (text: string) => void,
  ) {}

  /** Bytes of a copy of the image to one site, at the last rate. */
  bytesOfOne(way: Way): number {
    return this.one.get(`half empty ${way}`)?.bytes[0] ?? NaN;
  }

  async at(rate: number): Promise<void> {
    await setRates(this.lab, rate);
    this.one.clear();
    for (const way of ['Glance', 'direct'] as const) {
      for (const count of way === 'Glance' && rate < 200 ? [1, 4] : [1, 2, 4]) {
        await this.copy('half empty', 'half', way, count, rate, 0.6);
        // The next version comes to sites that have the image.
        if (count < 4) {
          await this.remove('half', count);
        }
      }
      if (way === 'direct' || rate === 200) {
        await this.copy('next version (1 %)', 'next', way, 1, rate, way === 'direct' ? 0.03 : undefined);
        await this.remove('next', 1);
      }
      if (way === 'direct' && rate === 200) {
        await this.clone();
      }
      await this.remove('half', 4);
      if (way === 'direct' || rate === 200) {
        await this.copy('system, half empty', 'system', way, 1, rate, way === 'direct' ? 0.3 : 0.6);
        await this.remove('system', 1);
      }
    }
  }

  private async copy(
    title: string,
    image: string,
    way: Way,
    count: number,
    rate: number,
    goal?: number,
  ): Promise<void> {
    const to = sites.slice(0, count);
    const sent = await measured(this.lab, to, () => this.lab.dcn(...copyWords(image, way, to)));
    // Fails if the data at a site have another hash than Glance's.
    await this.lab.dcn('images', 'verify', image);
    const key = `${title} ${way}`;
    const first = this.one.get(key) ?? sent;
    this.one.set(key, first);
    const most = Math.max(...sent.bytes);
    const row = [
      `${title}, ${way}, ${count}`,
      String(rate),
      sent.seconds.toFixed(1),
      (sent.seconds / ((most * 8) / (rate * 1e6))).toFixed(2),
      (sent.seconds / first.seconds).toFixed(2),
      `${(most / (this.mib * mebibyte)).toFixed(3)} (${goal ?? '-'})`,
    ];
    this.rows.push(row);
    this.say(row.join(', '));
  }

  private async remove(image: string, count: number): Promise<void> {
    await this.lab.dcn('images', 'remove', image, '--from', ...sites.slice(0, count));
  }

  private async clone(): Promise<void> {
    const proofs = await this.lab.kit<
      { store: string; id: string; parent: string; cloneSeconds: number; copySeconds: number }[]
    >('images', 'clone', 'half', '--json', '--at', ...sites);
    for (const { store, id, parent, cloneSeconds, copySeconds } of proofs) {
      const whose = parent === `images/${id}@snap` ? 'the image' : parent;
      this.clones.push([store, whose, cloneSeconds.toFixed(3), copySeconds.toFixed(1)]);
    }
  }
}
