import * as fs from 'node:fs';
import * as path from 'node:path';
import { planFiles, planText } from '../../model';
import { UserError } from '../../lib/userError';
import { openLab } from '../context';

/** `dcn plan`: prints the plan of all sites, or writes it as files below `out`, in one folder per site. */
export function printPlan(option: string, out?: string): void {
  const { lab, plan } = openLab(option);
  if (!out) {
    process.stdout.write(`${planText(lab, plan)}\n`);
    return;
  }
  if (fs.existsSync(out) && fs.readdirSync(out).length > 0) {
    throw new UserError(`--out ${out}: not empty. Name a folder that does not exist or is empty.`);
  }
  let count = 0;
  for (const [site, files] of Object.entries(planFiles(plan))) {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(out, site, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
      count += 1;
    }
  }
  process.stdout.write(`${count} files in ${path.resolve(out)}\n`);
}
