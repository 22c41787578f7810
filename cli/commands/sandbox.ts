import { Command } from 'commander';
import { table } from '../../lib/table';
import { UserError } from '../../lib/userError';
import { openLab } from '../context';
import type { Lab } from '../../model';
import {
  nodeCreate,
  nodeDestroy,
  packImages,
  sandboxDown,
  sandboxStatus,
  sandboxUp,
  wan,
} from '../../sandbox/index';

/**
 * `dcn sandbox …`: handles the hosts and networks that a lab stands on.
 * @param labOption gives the value of dcn's `--lab`
 */
export function sandboxCommand(labOption: () => string): Command {
  const command = new Command('sandbox').description(
    'the hosts and networks that a lab without hardware stands on',
  );
  const report = (line: string) => process.stderr.write(`${line}\n`);
  /** Errors of the sandbox say what to do in their message: nobody wants their stack. */
  const withLab = async (work: (lab: Lab) => Promise<void>) => {
    try {
      await work(openLab(labOption()).lab);
    } catch (error) {
      throw new UserError((error as Error).message);
    }
  };

  command
    .command('up')
    .description('network and undercloud; nodes come with their sites')
    .action(() => withLab((lab) => sandboxUp(lab, report)));
  command
    .command('down')
    .description('remove everything of it from this machine')
    .action(() => withLab((lab) => sandboxDown(lab, report)));
  command
    .command('status')
    .description('hosts and WAN links')
    .option('--json', 'as JSON')
    .action((options: { json?: boolean }) => withLab((lab) => printStatus(lab, options.json ?? false)));
  command
    .command('wan <site> <order>')
    .description("a site's WAN link: a rate each way such as 100mbit, off (no limit), cut, mend")
    .action((site: string, order: string) => withLab((lab) => wan(lab, site, order)));
  command
    .command('pack')
    .description("pack the hosts' images in the cache, for a machine that starts without them")
    .action(() =>
      withLab(async ({ sandbox }) =>
        (await packImages(report, sandbox.tripleo)).forEach((pack) => process.stdout.write(`${pack}\n`)),
      ),
    );

  const node = command.command('node').description('single nodes, as the provisioner makes them');
  node
    .command('create <name>')
    .description('make a node of the lab file, print its identity as JSON')
    .action((name: string) =>
      withLab(async (lab) => {
        process.stdout.write(`${JSON.stringify(await nodeCreate(lab, name, report))}\n`);
      }),
    );
  node
    .command('destroy <name>')
    .description('remove a node with its disks')
    .action((name: string) => withLab((lab) => nodeDestroy(lab, name, report)));
  return command;
}

async function printStatus(lab: Lab, asJson: boolean): Promise<void> {
  const status = await sandboxStatus(lab);
  if (asJson) {
    process.stdout.write(`${JSON.stringify(status ?? null, null, 2)}\n`);
    return;
  }
  if (!status) {
    process.stdout.write(`The sandbox of lab ${lab.name} is not up.\n`);
    return;
  }
  const { undercloud } = status;
  process.stdout.write(
    `undercloud: ${undercloud.user}@${undercloud.host} port ${undercloud.port}, ` +
      `${undercloud.reachable ? 'forwarded' : 'NOT forwarded: dcn sandbox up'}\n`,
  );
  const hosts = table(
    ['host', 'site', 'address', 'state', 'instance'],
    status.hosts.map(({ name, site, address, running, instanceId }) => [
      name,
      site,
      address,
      running ? 'running' : 'off',
      instanceId,
    ]),
  );
  const sites = table(
    ['site', 'WAN link'],
    status.sites.map(({ name, cut, rate = 'not limited' }) => [name, cut ? 'cut' : rate]),
  );
  process.stdout.write(`${hosts}\n${sites}\n`);
}
