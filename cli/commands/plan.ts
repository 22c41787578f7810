import * as fs from 'node:fs';
import * as path from 'node:path';
import { type LabPlan, listedPlan, planFiles, planText } from '../../model';
import { UserError } from '../../lib/userError';
import { openLab, printJson } from '../context';
import { checkImageFiles } from '../imageFiles';

/** Options of `dcn plan`, of which at most one is given. */
export interface PlanOptions {
  /** Folder for all files of the plan. */
  out?: string;
  json?: boolean;
}

/**
 * `dcn plan`: prints the plan of all sites, or writes it as files below `out`, in one folder per site.
 *
 * @throws UserError as `checkImageFiles`
 */
export function printPlan(option: string, { out, json }: PlanOptions): void {
  const context = openLab(option);
  checkImageFiles(context);
  const { lab, plan } = context;
  if (json) {
    printJson(listedPlan(lab, plan));
    return;
  }
  if (!out) {
    process.stdout.write(`${planText(lab, plan)}\n`);
    return;
  }
  process.stdout.write(`${writePlan(plan, out)} files in ${path.resolve(out)}\n`);
}

/**
 * Writes the files of a plan into an empty folder.
 *
 * @returns the number of files
 * @throws UserError if the folder is not empty or cannot be written
 */
function writePlan(plan: LabPlan, out: string): number {
  const files = Object.entries(planFiles(plan)).flatMap(([site, texts]) =>
    Object.entries(texts).map(([name, text]) => ({ file: path.resolve(out, site, name), text })),
  );
  const remedy = 'Name a folder that does not exist or is empty, where you may write.';
  try {
    if (fs.existsSync(out) && fs.readdirSync(out).length > 0) {
      throw new UserError(`--out ${out}: not empty. ${remedy}`);
    }
    for (const { file, text } of files) {
      makeFolder(path.dirname(file));
      fs.writeFileSync(file, text);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined) {
      throw new UserError(`--out ${out}: ${message}. ${remedy}`);
    }
    throw error;
  }
  return files.length;
}

/** Makes a folder and its parents; Node's own `recursive` never ends below /proc. */
function makeFolder(folder: string): void {
  if (!fs.existsSync(folder)) {
    makeFolder(path.dirname(folder));
    fs.mkdirSync(folder);
  }
}
