import * as fs from 'node:fs';
import * as path from 'node:path';
import { quote } from '../lib/quote';
import { type FileReader, type Lab, type LabPlan, labOfFile, parseLab, planLab } from '../model';
import { projectRoot, readerBeside } from '../lib/paths';
import { UserError } from '../lib/userError';
import { defaultLab } from './defaultLab';

/** A lab as the verbs of `dcn` use it: its file, the lab that the file describes, and the plan. */
export interface LabContext {
  name: string;
  /** Absolute path of the lab file. */
  file: string;
  /** Whether the file is in the project folder, where the lab's stacks look for it by default. */
  isInProject: boolean;
  lab: Lab;
  plan: LabPlan;
}

/** Prints a line for people. Standard output is for results. */
export const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/** Prints a result for programs: the only text on standard output then. */
export const printJson = (value: unknown): void =>
  void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** Prints results for programs as they come: an array with a line for each. */
export class JsonList {
  private before = '[';

  add(value: unknown): void {
    process.stdout.write(`${this.before}\n${JSON.stringify(value)}`);
    this.before = ',';
  }

  /** Prints the end of the array. */
  end(): void {
    process.stdout.write(this.before === '[' ? '[]\n' : '\n]\n');
  }
}

/** Prefixes of the lab files beside Pulumi.yaml. */
export function labsInProject(): string[] {
  return labFilesIn(projectRoot).map((name) => labOfFile(name) as string);
}

function labFilesIn(directory: string): string[] {
  return fs
    .readdirSync(directory)
    .filter((name) => labOfFile(name))
    .sort();
}

/**
 * Reads, checks and plans a lab.
 *
 * @param option value of `--lab`: the path of a lab file (`Pulumi.<lab>.yaml`), or a stack prefix (`dev` for
 * `Pulumi.dev.yaml` beside Pulumi.yaml)
 * @throws UserError if the file does not exist or cannot be read, LabFileError with all faults of a file that is not valid
 */
export function openLab(option: string): LabContext {
  const { name, file } = namedLab(option);
  if (!fs.existsSync(file)) {
    throw new UserError(
      `lab file ${option}: there is no ${file}. In ${projectRoot} are: ${labFilesIn(projectRoot).join(', ') || 'none'}. ` +
        'Name a lab file elsewhere by its path, as in --lab ../labs/Pulumi.mine.yaml.',
    );
  }
  return labContext(name, file, readLabFile(file), readerBeside(file));
}

/**
 * The name of a lab and the absolute path of its file, which need not exist.
 *
 * @param option as for `openLab`
 * @throws UserError if this is no name of a lab file
 */
export function namedLab(option: string): { name: string; file: string } {
  const isPath = option.endsWith('.yaml') || option.includes('/');
  const file = path.resolve(isPath ? option : path.join(projectRoot, `Pulumi.${option}.yaml`));
  const name = labOfFile(path.basename(file));
  if (!name) {
    throw new UserError(
      `lab file ${option}: the name of a lab file is Pulumi.<lab>.yaml, where <lab> is lower-case letters and digits, a letter first.`,
    );
  }
  return { name, file };
}

/** A lab of the text of its file. @throws LabFileError with all faults of a text that is not valid */
export function labContext(name: string, file: string, text: string, readBeside: FileReader): LabContext {
  const lab = parseLab(name, text, readBeside);
  return { name, file, isInProject: path.dirname(file) === projectRoot, lab, plan: planLab(lab) };
}

/** The text of a lab file. @throws UserError if it cannot be read */
export function readLabFile(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`lab file ${file}: ${(error as Error).message}. Name a file that you may read.`);
  }
}

/** How the user calls `./dcn` for this lab, for messages that name a command. */
export function dcnCommand({
  name,
  file,
  isInProject,
}: Pick<LabContext, 'name' | 'file' | 'isInProject'>): string {
  const lab = isInProject ? name : file;
  return lab === defaultLab ? './dcn' : `./dcn --lab ${quote(lab)}`;
}

/** The kit's names for the stores or caches of a lab, by the names that a user may write for them: sites, store ids. */
function locationsByName({ lab, plan }: LabContext): Map<string, string> {
  const byName = new Map<string, string>();
  const cached = lab.topology === 'cache';
  for (const site of plan.sites) {
    if (cached) {
      if (site.cache) {
        byName.set(site.name, site.name);
      }
    } else if (site.store) {
      byName.set(site.name, site.store.id);
      byName.set(site.store.id, site.store.id);
    }
  }
  return byName;
}

/** Whether a word names a site or store that can hold images. */
export function isImageLocation(context: LabContext, word: string): boolean {
  return locationsByName(context).has(word);
}

/**
 * The stores or caches that the user names.
 *
 * @param names sites or store ids, as the user writes them after `--to` or `--from`
 * @returns store ids; in a lab with caches the names of sites
 * @throws UserError with all names that are neither
 */
export function imageLocations(context: LabContext, names: string[]): string[] {
  const { lab, plan } = context;
  const cached = lab.topology === 'cache';
  const byName = locationsByName(context);
  const unknown = names.filter((name) => !byName.has(name));
  if (unknown.length > 0) {
    throw new UserError(
      `${unknown.join(', ')}: no ${cached ? 'site with caches' : 'site or store'} of lab ${plan.lab}. ` +
        `${cached ? 'Sites' : 'Stores'}: ${[...new Set(byName.values())].join(', ') || 'none'}.`,
    );
  }
  return [...new Set(names.map((name) => byName.get(name) as string))];
}
