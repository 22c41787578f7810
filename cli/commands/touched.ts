import * as path from 'node:path';
import execa from 'execa';
import { type Lab, LabFileError, parseLab, planImages, planSite, stackName } from '../../model';
import { UserError } from '../../lib/userError';
import { type LabContext, dcnCommand, openLab } from '../context';
import { stacksOf } from '../run/graph';

/**
 * `dcn touched COMMIT [LAB…]`: prints the stacks that the changes of the lab files since `COMMIT` affect, as a JSON list
 * of `{ lab, stack }` for a workflow. Sites that were removed from a lab file are named on standard error: without a plan
 * they have no preview.
 *
 * @throws UserError if git does not know the commit
 */
export async function touched(labs: string[], commit: string): Promise<void> {
  const previews: { lab: string; stack: string }[] = [];
  for (const lab of labs) {
    const context = openLab(lab);
    const before = await labAt(context, commit);
    for (const site of Object.keys(before?.sites ?? {}).filter((name) => !context.lab.sites[name])) {
      const stack = stackName(context.name, site);
      process.stderr.write(
        `${stack}: its site is not in the lab file any more; \`${dcnCommand(context)} destroy ${site}\` removes it\n`,
      );
    }
    previews.push(...touchedStacks(before, context).map((stack) => ({ lab, stack })));
  }
  process.stdout.write(`${JSON.stringify(previews)}\n`);
}

/** The stacks of a lab that differ from those of `before`; all stacks without `before`. */
export function touchedStacks(
  before: Lab | undefined,
  { lab, plan }: Pick<LabContext, 'lab' | 'plan'>,
): string[] {
  const differs = (of: (lab: Lab) => unknown): boolean =>
    !before || JSON.stringify(of(before)) !== JSON.stringify(of(lab));
  const all = stacksOf(plan).map(({ name }) => name);
  if (differs(shared)) {
    return all;
  }
  const sites = plan.sites
    .filter(({ name }) => differs((one) => one.sites[name] && [one.sites[name], planSite(one, name)]))
    .map(({ name }) => stackName(plan.lab, name));
  const images = differs(planImages) ? [stackName(plan.lab, 'images')] : [];
  return all.filter((name) => [...sites, ...images].includes(name));
}

/** Values of a lab of which the plans of sites, or of images, have what they need. */
const planned = new Set([
  'sites',
  'images',
  'defaultZone',
  'copyOnDemand',
  'physicalNetworks',
  'physicalNetworkMtu',
]);

/** The values of a lab that all its stacks share. */
function shared(lab: Lab): unknown {
  return Object.entries(lab).filter(([key]) => !planned.has(key));
}

/** The lab at a commit; undefined if it had no lab file there, or one that this version refuses. */
async function labAt({ name, file }: LabContext, commit: string): Promise<Lab | undefined> {
  const git = (...args: string[]): execa.ExecaChildProcess =>
    execa('git', args, { cwd: path.dirname(file), reject: false });
  const resolved = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`);
  if (resolved.failed) {
    throw new UserError(
      `${commit}: no commit that git knows in ${path.dirname(file)}. Fetch it (\`git fetch --unshallow\`), or name another.`,
    );
  }
  const { stdout, failed } = await git('show', `${resolved.stdout}:./${path.basename(file)}`);
  if (failed) {
    return undefined;
  }
  const readBeside = (named: string): string =>
    execa.sync('git', ['show', `${resolved.stdout}:./${named}`], {
      cwd: path.dirname(file),
      stripFinalNewline: false,
    }).stdout;
  try {
    return parseLab(name, stdout, readBeside);
  } catch (error) {
    if (error instanceof LabFileError) {
      return undefined;
    }
    throw error;
  }
}
