import * as fs from 'node:fs';
import * as path from 'node:path';
import { FakeUndercloud, standIns, writesItsResults } from '../../test/components/fakeUndercloud';
import { FakeGlance } from '../../test/kit/fakeGlance';
import { sleeps } from './durations';

/*
 * The simulated undercloud, a process of its own: prints how it is reached; for each line of its input what it has counted since the line
 * before; and ends with its input. A line `stores N` gives Glance that many stores, and 100 images that are in all of them.
 * Arguments: the file for the private key, and how many times faster than life TripleO's verbs are.
 */
const [privateKeyFile = '', faster = ''] = process.argv.slice(2);

/** `nodes check` and `nodes wait` of the real kit, with hosts that are always fit. */
const nodes = `python3 ${path.join(__dirname, 'nodes.py')} ~/dcn/scale/kit`;
const { check, 'site check': siteCheck } = standIns;

/** What the undercloud has counted. */
export interface Counts {
  /** Configuration phases of the control plane. */
  deploys: number;
  /** The most connections at a time, and the most of them that had not logged in yet. */
  most: { open: number; strangers: number };
}

async function main(): Promise<void> {
  const undercloud = new FakeUndercloud({
    check: check as string,
    'site check': siteCheck as string,
    'nodes check': nodes,
    'nodes wait': nodes,
  });
  const { kit, hostKey, most } = undercloud;
  kit.behave(`${writesItsResults}\n${sleeps(Number(faster))}`);
  const glance = new FakeGlance(kit.home);
  await glance.open();
  fs.writeFileSync(privateKeyFile, undercloud.privateKey, { mode: 0o600 });
  const port = await undercloud.listen();
  console.log(JSON.stringify({ port, home: kit.home, hostKey, privateKeyFile }));
  let deploysBefore = 0;
  for await (const line of process.stdin.setEncoding('utf8')) {
    const [, stores] = /^stores (\d+)/.exec(String(line)) ?? [];
    if (stores !== undefined) {
      glance.stores = ['central', ...Array.from({ length: Number(stores) }, (_, site) => `dcn${site}`)];
      for (let image = 0; image < 100; image += 1) {
        glance.addListed(`image-${image}`, glance.stores);
      }
    }
    const deploys = kit.calls(/^overcloud deploy .*--stack control-plane .*--config-download-only/).length;
    const counts: Counts = {
      deploys: deploys - deploysBefore,
      most: { ...most },
    };
    console.log(JSON.stringify(counts));
    deploysBefore = deploys;
    Object.assign(most, { open: 0, strangers: 0 });
  }
  await undercloud.close();
  await glance.close();
}

void main();
