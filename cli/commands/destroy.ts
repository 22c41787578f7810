import * as fs from 'node:fs';
import { forEachAtMost } from '../../lib/forEachAtMost';
import { stateDir } from '../../lib/paths';
import { UserError } from '../../lib/userError';
import type { Report } from '../../lib/report';
import { stackName } from '../../model';
import { type LabContext, dcnCommand, openLab, toStderr } from '../context';
import { showWork } from '../run/display';
import { sayLeaving } from '../run/leaving';
import { type PulumiEnvironment, pulumi, settingsFile, writeMissingSettings } from '../run/pulumi';
import { provisionerOf } from '../provisioners';
import { RunRecorder } from '../run/record';
import { type RunOptions, runLab, runWords } from '../run/labRun';
import { confirm } from '../confirm';
import { losses } from '../losses';
import { forgetLostStores, lossText, lostStores } from '../siteLost';
import { notUpText } from '../run/state';
import { openState } from '../run/stackList';
import { withoutAbandonedLocks } from '../run/stackLocks';
import { type StackNode, leftStacks, stacksOf } from '../run/graph';
import { stacksAtOnceHere } from '../run/window';

/** Options of `dcn destroy`. */
export interface DestroyOptions extends RunOptions {
  /** The sites no longer exist, nor do their Ceph clusters. */
  siteLost?: boolean;
  /** Do not ask for confirmation. */
  yes?: boolean;
}

/**
 * `dcn destroy [SITE…]`: destroys the stacks of these sites; without a site all stacks in reverse order, then the
 * provisioner's infrastructure and the lab's state on this machine.
 */
export async function destroy(option: string, sites: string[], options: DestroyOptions): Promise<void> {
  const context = openLab(option);
  if (options.siteLost && sites.length === 0) {
    throw new UserError(
      `--site-lost: name the sites that are lost: ${dcnCommand(context)} destroy SITE… --site-lost.`,
    );
  }
  const state = await openState(context.lab, toStderr);
  if (!state) {
    if (sites.length > 0) {
      throw new UserError(`${sites.join(', ')}: nothing to destroy. ${notUpText(context)}`);
    }
    await removeRest(context, new RunRecorder(context.name, 'destroy'));
    process.stdout.write(`Lab ${context.name} has no stack. Nothing of it is on this machine any more.\n`);
    return;
  }
  const { env } = state;
  const existing = new Set(state.names);
  const stacks = stacksOf(context.plan, leftStacks(context.plan, existing)).filter(({ name }) =>
    existing.has(name),
  );
  const asks = await mustAsk(context, options);
  if (sites.length > 0) {
    const chosen = stacksOfSites(context, stacks, sites);
    if (options.siteLost) {
      const lost = await lostStores(context, sites);
      toStderr(lost.map(lossText).join('\n'));
      if (asks) {
        await confirm(sites.join(' '));
      }
      await forgetLostStores(context, lost);
    } else if (asks) {
      toStderr(await losses(context, { scope: 'sites', sites }));
      await confirm(sites.join(' '));
    }
    const words = [...sites, ...(options.siteLost ? ['--site-lost'] : [])];
    const { summary } = await takeDown(context, env, words, chosen, options);
    process.stdout.write(`\n${summary}\n${stillNamed(context, sites)}`);
    return;
  }
  if (asks) {
    toStderr(await losses(context, { scope: 'lab', sites: stacks.flatMap(({ site }) => site ?? []) }));
    await confirm(context.name);
  }
  const recorder = new RunRecorder(context.name, 'destroy');
  const summary = await destroyLab(context, env, stacks, recorder, options);
  process.stdout.write(`\n${summary}\nLab ${context.name} is destroyed.\n`);
}

/** A line about the sites that the lab file still has; '' if it has none. */
function stillNamed(context: LabContext, sites: string[]): string {
  const named = context.plan.sites.map(({ name }) => name).filter((name) => sites.includes(name));
  const it = named.length > 1 ? 'them' : 'it';
  return named.length > 0
    ? `The lab file still has ${named.join(', ')}: remove ${it} from the file, or ${dcnCommand(context)} up makes ${it} again.\n`
    : '';
}

/**
 * Whether the user is asked before anything is destroyed. `--yes` does without the question, but at a terminal only where
 * the program made the hosts: other hosts may carry more than the lab.
 */
async function mustAsk(context: LabContext, { yes }: DestroyOptions): Promise<boolean> {
  const { makesHosts } = await provisionerOf(context);
  return !yes || (process.stdin.isTTY && !makesHosts);
}

async function destroyLab(
  context: LabContext,
  env: PulumiEnvironment,
  stacks: StackNode[],
  recorder: RunRecorder,
  options: RunOptions,
): Promise<string> {
  // Before any site is destroyed, so that no site causes an update of the control plane.
  const endLeaving = await sayLeaving(context, 'control-plane');
  const { summary } = await takeDown(context, env, [], stacks, options, recorder).finally(endLeaving);
  await removeRest(context, recorder);
  return summary;
}

/** Removes the provisioner's infrastructure, and the lab's state on this machine. */
async function removeRest(context: LabContext, recorder: RunRecorder): Promise<void> {
  const { infrastructure } = await provisionerOf(context);
  if (infrastructure) {
    const { title } = infrastructure;
    const down = (report: Report): Promise<void> => recorder.part(title, () => infrastructure.down(report));
    await showWork([{ title, run: (reporter) => down(reporter.event) }]);
  }
  fs.rmSync(stateDir(context.name), { recursive: true, force: true });
}

/**
 * Destroys stacks, then removes them from the backend, with their settings.
 *
 * @param words those of the command after `destroy`, without those of `options`
 */
async function takeDown(
  context: LabContext,
  env: PulumiEnvironment,
  words: string[],
  stacks: StackNode[],
  options: RunOptions,
  recorder = new RunRecorder(context.name, 'destroy'),
): ReturnType<typeof runLab> {
  await forEachAtMost(stacks, stacksAtOnceHere(), ({ name }) => writeMissingSettings(env, context, name));
  const done = await runLab(
    context,
    env,
    { verb: 'destroy', words: [...words, ...runWords(options)] },
    stacks,
    recorder,
    options,
  );
  await forEachAtMost(stacks, stacksAtOnceHere(), async ({ name }) => {
    await withoutAbandonedLocks(name, dcnCommand(context), toStderr, () =>
      pulumi(env, 'stack rm', name, ['-s', name, '--yes']),
    );
    fs.rmSync(settingsFile(name), { force: true });
  });
  return done;
}

/**
 * The stacks of the sites that the user names.
 *
 * @throws UserError with each site without a stack, and each site on which a site that the user does not name builds
 */
export function stacksOfSites(context: LabContext, stacks: StackNode[], sites: string[]): StackNode[] {
  const nameOf = (site: string): string => stackName(context.name, site);
  const existing = stacks.flatMap(({ site }) => site ?? []);
  const faults = sites.flatMap((site) => {
    if (!existing.includes(site)) {
      return [
        `site ${site}: there is no stack ${nameOf(site)}. Sites with a stack: ${existing.join(', ') || 'none'}.`,
      ];
    }
    const above = stacks.flatMap(({ site: other, joins }) =>
      other && !sites.includes(other) && joins.includes(nameOf(site)) ? [other] : [],
    );
    return above.length > 0
      ? [
          `site ${site}: ${above.join(', ')} ${above.length > 1 ? 'build' : 'builds'} on it. Destroy all of them with it, ` +
            `or the whole lab: ${dcnCommand(context)} destroy.`,
        ]
      : [];
  });
  if (faults.length > 0) {
    throw new UserError(faults.join('\n'));
  }
  return stacks.filter(({ site }) => site && sites.includes(site));
}
