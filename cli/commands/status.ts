import { verbs } from '../../kit/verbs';
import { table } from '../../lib/table';
import { openLab, toStderr } from '../context';
import { type ListedStack, listStacks, pulumiEnvironment } from '../run/pulumi';
import { leftStacks, stacksOf } from '../run/graph';
import { withKit } from '../undercloud';

/** `dcn status [--json]`: prints the lab's Pulumi stacks, and the kit's jobs, stores, locks and imports. */
export async function status(option: string, asJson: boolean): Promise<void> {
  const context = openLab(option);
  const env = await pulumiEnvironment(context.lab, toStderr);
  const listed = new Map((await listStacks(env)).map((stack) => [stack.name, stack]));
  const stacks = stacksOf(context.plan, leftStacks(context.plan, listed.keys())).map(
    ({ name }) => listed.get(name) ?? { name, resourceCount: 0 },
  );
  if (asJson) {
    const undercloud = await withKit(context, (kit) => kit.ask(verbs.status.json));
    process.stdout.write(`${JSON.stringify({ lab: context.name, stacks, undercloud }, null, 2)}\n`);
    return;
  }
  const onUndercloud = await withKit(context, (kit) => kit.text(verbs.status.text));
  process.stdout.write(`${stackTable(stacks)}\n${onUndercloud}`);
}

function stackTable(stacks: ListedStack[]): string {
  return table(
    ['stack', 'resources', 'last update'],
    stacks.map(({ name, resourceCount = 0, lastUpdate = 'never' }) => [name, resourceCount, lastUpdate]),
  );
}
