import {
  type SandboxStatus,
  nodeCreate,
  nodeDestroy,
  packImages,
  sandboxDown,
  sandboxStatus,
  sandboxUp,
  wan,
} from '../../sandbox';
import { table } from '../../lib/table';
import { UserError } from '../../lib/userError';
import { type LabContext, dcnCommand, openLab, printJson, toStderr } from '../context';
import { withCommands } from '../provisioners/sandbox';

/** @throws UserError if the lab's hosts are not those of the sandbox: nothing may be made on this machine then */
function openSandboxLab(option: string): LabContext {
  const context = openLab(option);
  const { name, provisioner } = context.lab;
  if (provisioner !== 'sandbox') {
    throw new UserError(
      `lab ${name}: has no sandbox, because its provisioner is ${provisioner}; nothing was made. ` +
        `${dcnCommand(context)} up brings the lab up; for a lab on the sandbox name its file with --lab.`,
    );
  }
  return context;
}

/** `dcn sandbox up`. */
export async function up(option: string): Promise<void> {
  const context = openSandboxLab(option);
  await withCommands(context, () => sandboxUp(context.lab, toStderr));
}

/** `dcn sandbox down`, also for a lab that had another provisioner when its sandbox came up. */
export async function down(option: string): Promise<void> {
  const context = openLab(option);
  await withCommands(context, () => sandboxDown(context.lab, toStderr));
}

/** `dcn sandbox wan SITE ORDER`: prints the state of the link afterwards. */
export async function setWan(option: string, site: string, order: string): Promise<void> {
  const context = openSandboxLab(option);
  const link = await withCommands(context, () => wan(context.lab, site, order));
  process.stdout.write(`WAN link of ${site}: ${linkText(link)}\n`);
}

/** `dcn sandbox pack`: prints the path of each archive. */
export async function pack(option: string): Promise<void> {
  const { sandbox } = openSandboxLab(option).lab;
  const archives = await packImages(toStderr, sandbox.tripleo);
  process.stdout.write(archives.map((archive) => `${archive}\n`).join(''));
}

/** `dcn sandbox node create NAME`: prints the host's identity as JSON. */
export async function createNode(option: string, name: string): Promise<void> {
  const context = openSandboxLab(option);
  const identity = await withCommands(context, () => nodeCreate(context.lab, name, toStderr));
  process.stdout.write(`${JSON.stringify(identity)}\n`);
}

/** `dcn sandbox node destroy NAME`. */
export async function destroyNode(option: string, name: string): Promise<void> {
  const context = openSandboxLab(option);
  await withCommands(context, () => nodeDestroy(context.lab, name, toStderr));
}

/** `dcn sandbox status [--json]`. */
export async function status(option: string, asJson: boolean): Promise<void> {
  const context = openSandboxLab(option);
  const { lab } = context;
  const found = await sandboxStatus(lab);
  if (asJson) {
    printJson(found ?? null);
    return;
  }
  if (!found) {
    process.stdout.write(`The sandbox of lab ${lab.name} is not up.\n`);
    return;
  }
  const { undercloud } = found;
  process.stdout.write(
    `undercloud: ${undercloud.user}@${undercloud.host} port ${undercloud.port}, ` +
      `${undercloud.reachable ? 'forwarded' : `NOT forwarded: ${dcnCommand(context)} sandbox up`}\n`,
  );
  process.stdout.write(`${sandboxTables(found)}\n`);
}

function linkText({ cut, rate = 'not limited' }: { cut: boolean; rate?: string }): string {
  return cut ? 'cut' : rate;
}

/** The hosts of a sandbox, and its WAN links. */
export function sandboxTables({ hosts, sites }: SandboxStatus): string {
  return [
    table(
      ['host', 'site', 'address', 'state', 'instance'],
      hosts.map(({ name, site, address, running, instanceId }) => [
        name,
        site,
        address,
        running ? 'running' : 'off',
        instanceId,
      ]),
      { compact: true },
    ),
    table(
      ['site', 'WAN link'],
      sites.map(({ name, ...link }) => [name, linkText(link)]),
      { compact: true },
    ),
  ].join('\n');
}
