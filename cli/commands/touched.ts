import * as path from 'node:path';
import execa from 'execa';
import { type Lab, LabFileError, parseLab, planImages, planSite } from '../../model';
import { UserError } from '../../lib/userError';
import { type LabContext, dcnCommand, openLab } from '../context';
import { stacksOf } from '../run/graph';

/**
 * `dcn touched COMMIT [LAB…]`: the stacks that changes of the lab files since `COMMIT` touch, as a JSON list of
 * `{ lab, stack }` for a workflow. Sites that are no longer in a file are told on standard error: nobody can preview
 * what has no plan any more.
 *
 * @throws UserError if git does not know the commit
 */
export async function touched(labs: string[], commit: string): Promise<void> {
  const previews: { lab: string; stack: string }[] = [];
  for (const lab of labs) {
    const context = openLab(lab);
    const before = await labAt(context, commit);
    for (const site of Object.keys(before?.sites ?? {}).filter((name) => !context.lab.sites[name])) {
      const stack = `${context.name}-${site}`;
      process.stderr.write(
        `${stack}: its site is not in the lab file any more; \`${dcnCommand(context)} destroy ${site}\` takes it away\n`,
      );
    }
    previews.push(...touchedStacks(before, context).map((stack) => ({ lab, stack })));
  }
  process.stdout.write(`${JSON.stringify(previews)}\n`);
}

/** The stacks of a lab whose program does something else than `before` had it do; all if there was no such lab. */
export function touchedStacks(
  before: Lab | undefined,
  { lab, plan }: Pick<LabContext, 'lab' | 'plan'>,
): string[] {
  const isAnother = (of: (lab: Lab) => unknown): boolean =>
    !before || JSON.stringify(of(before)) !== JSON.stringify(of(lab));
  const all = stacksOf(plan).map(({ name }) => name);
  // What the sites share goes into the documents of all, and into how they are reached.
  if (isAnother((one) => ({ ...one, sites: undefined, images: undefined }))) {
    return all;
  }
  const sites = plan.sites
    .filter(({ name }) => isAnother((one) => one.sites[name] && [one.sites[name], planSite(one, name)]))
    .map(({ name }) => `${plan.lab}-${name}`);
  const images = isAnother(planImages) ? [`${plan.lab}-images`] : [];
  return all.filter((name) => [...sites, ...images].includes(name));
}

/** The lab as its file was at a commit; undefined if the file was not there, or no lab that this version knows. */
async function labAt({ name, file }: LabContext, commit: string): Promise<Lab | undefined> {
  const git = (...args: string[]): execa.ExecaChildProcess =>
    execa('git', args, { cwd: path.dirname(file), reject: false });
  const known = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`);
  if (known.failed) {
    throw new UserError(
      `${commit}: no commit that git knows in ${path.dirname(file)}. Fetch it (\`git fetch --unshallow\`), or name another.`,
    );
  }
  const { stdout, failed } = await git('show', `${known.stdout}:./${path.basename(file)}`);
  if (failed) {
    return undefined;
  }
  try {
    return parseLab(name, stdout);
  } catch (error) {
    if (error instanceof LabFileError) {
      return undefined;
    }
    throw error;
  }
}
