import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../lib/paths';
import { FakeGlance } from '../test/kit/fakeGlance';
import type { Figures } from './measure';

const images = 5000;
const stores = Array.from({ length: 300 }, (_, index) => `dcn${index}`);

const columns = [
  `kit images list: ${images} images, ${stores.length} stores`,
  'time (s)',
  "kit's processor time (s)",
  "kit's memory (MiB)",
];

/** Runs a command, and prints its wall time and processor time in seconds, and its largest memory in MiB. */
const measured = `
import resource, subprocess, sys, time
start = time.monotonic()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
`;

/** What the kit needs for its list of images: one row per call. The tests' stand-in for Glance answers, on this machine too. */
export async function lists(): Promise<Figures[]> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-bench-images-'));
  const kit = path.join(home, 'dcn/bench/kit');
  fs.cpSync(path.join(projectRoot, 'kit'), kit, { recursive: true });
  const glance = new FakeGlance(home);
  await glance.open();
  try {
    for (let index = 0; index < images; index += 1) {
      glance.addListed(`image-${index}`, stores);
    }
    const rows: string[][] = [];
    for (const words of [['--name', 'image-7'], []]) {
      const call = ['-c', measured, 'python3', kit, 'images', 'list', '--json', ...words];
      const { stdout } = await execa('python3', call, { env: { HOME: home } });
      const numbers = stdout.split(' ').map((number) => Number(number).toFixed(1));
      rows.push([words.join(' ') || 'all', ...numbers]);
    }
    return [{ columns, rows }];
  } finally {
    await glance.close();
    fs.rmSync(home, { recursive: true });
  }
}
