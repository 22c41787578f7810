import * as fs from 'node:fs';
import type { Lab } from '../model';
import { withLabLock } from './labLock';
import { refuseForeign } from './ownership';
import { pathsOf } from './paths';
import type { Report } from '../lib/report';
import { sweep } from './sweep';

/** Removes everything of a lab's sandbox, in whatever state it is; no error if the lab has none. */
export async function sandboxDown(lab: Lab, report: Report): Promise<void> {
  const paths = pathsOf(lab.name);
  refuseForeign(paths);
  if (!fs.existsSync(paths.state) && !fs.existsSync(paths.run)) {
    return;
  }
  await withLabLock(paths, report, async () => {
    report('sandbox: removing hosts, disks and network');
    await sweep(paths);
  });
}
