import * as fs from 'node:fs';
import * as path from 'node:path';
import { verbs } from '../../kit/verbs';
import { stateDir } from '../../lib/paths';
import { UserError } from '../../lib/userError';
import { confirm } from '../confirm';
import { type LabContext, dcnCommand, openLab, toStderr } from '../context';
import { leftStacks, stacksOf } from '../run/graph';
import { pulumi, settingsFile } from '../run/pulumi';
import { recordFile } from '../run/record';
import { type LabState, openState } from '../run/stackList';
import { withoutAbandonedLocks } from '../run/stackLocks';
import { KitShell } from '../undercloud';

/**
 * `dcn import --forget`: takes the records of a lab away, on the undercloud and in Pulumi's state. Stacks, hosts, images and all that
 * TripleO's verbs wrote stay.
 *
 * @throws UserError if a job runs, or the state has servers of a cloud; then nothing was changed
 */
export async function forget(option: string, { yes }: { yes?: boolean }): Promise<void> {
  const context = openLab(option);
  if (context.lab.provisioner === 'openstack') {
    throw new UserError(
      `${context.file}: glance-dcn:provisioner: openstack: nothing else knows the servers of the lab, so its state is not forgotten. ` +
        `Remove the lab with its servers: ${dcnCommand(context)} destroy.`,
    );
  }
  const state = await openState(context.lab, toStderr);
  const existing = new Set(state?.names ?? []);
  const stacks = stacksOf(context.plan, leftStacks(context.plan, existing))
    .map(({ name }) => name)
    .filter((name) => existing.has(name));
  const kit = await KitShell.open(context);
  try {
    const hasKit = await kit.isInstalled();
    const { removed, kept } = hasKit ? await kit.ask(verbs.adoption.checkForget) : { removed: [], kept: [] };
    if (removed.length === 0 && stacks.length === 0) {
      process.stdout.write(`Lab ${context.name} has no records, here or on the undercloud.\n`);
      return;
    }
    if (!yes) {
      const there = removed.map((one) => `  undercloud: ${one}`);
      const here = stacks.map((one) => `  Pulumi's state: stack ${one}`);
      toStderr(['Removes these records. Nothing of the cloud changes:', ...there, ...here].join('\n'));
      await confirm(context.name);
    }
    if (state) {
      await removeState(context, state, stacks);
    }
    if (hasKit) {
      await kit.ask(verbs.adoption.forget);
    }
    const lines = [
      ...removed.map((one) => `removed on the undercloud: ${one}`),
      ...stacks.map((one) => `removed from Pulumi's state: stack ${one}`),
      ...kept.map((one) => `stays on the undercloud: ${one}`),
      `Lab ${context.name} is forgotten, and its cloud is as it was. To adopt it again: ${dcnCommand(context)} import --adopt`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    kit.close();
  }
}

/** Removes stacks from the backend, with their settings; the lab's own last, by which a repetition finds the others. */
async function removeState(context: LabContext, { env }: LabState, stacks: string[]): Promise<void> {
  for (const name of [...stacks].reverse()) {
    await withoutAbandonedLocks(name, dcnCommand(context), toStderr, () =>
      pulumi(env, 'stack rm', name, ['-s', name, '--yes', '--force']),
    );
    fs.rmSync(settingsFile(name), { force: true });
  }
  // The sandbox, too, has its files in this folder.
  for (const name of ['pulumi', 'passphrase']) {
    fs.rmSync(path.join(stateDir(context.name), name), { recursive: true, force: true });
  }
  fs.rmSync(recordFile(context.name), { force: true });
  const folder = stateDir(context.name);
  if (fs.existsSync(folder) && fs.readdirSync(folder).length === 0) {
    fs.rmdirSync(folder);
  }
}
