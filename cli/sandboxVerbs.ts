import type { Command } from 'commander';
import { type LabOption, json } from './commonOptions';

/** Verbs for the sandbox. */
export function addSandboxVerbs(program: Command, lab: LabOption): void {
  const sandbox = program
    .command('sandbox')
    .description('hosts, networks and undercloud on this machine, for a lab without hardware');
  sandbox
    .command('up')
    .description('create the networks and the undercloud; stacks create the nodes')
    .action(async () => (await import('./commands/sandbox')).up(lab()));
  sandbox
    .command('down')
    .description('remove the whole sandbox of the lab from this machine')
    .action(async () => (await import('./commands/sandbox')).down(lab()));
  sandbox
    .command('status')
    .description('print hosts and WAN links')
    .option(...json)
    .action(async (options: { json?: boolean }) =>
      (await import('./commands/sandbox')).status(lab(), options.json ?? false),
    );
  sandbox
    .command('wan <site> <order>')
    .description("change a site's WAN link: a rate each way (100mbit), off (no limit), cut, restore")
    .action(async (site: string, order: string) =>
      (await import('./commands/sandbox')).setWan(lab(), site, order),
    );
  sandbox
    .command('pack')
    .description("pack the images of the sandbox's hosts into the cache, to carry to another machine")
    .action(async () => (await import('./commands/sandbox')).pack(lab()));

  const node = sandbox
    .command('node')
    .description('create and destroy single nodes, as the provisioner does');
  node
    .command('create <node>')
    .description('create a node of the lab file, and print its identity as JSON')
    .action(async (name: string) => (await import('./commands/sandbox')).createNode(lab(), name));
  node
    .command('destroy <node>')
    .description('remove a node with its disks')
    .action(async (name: string) => (await import('./commands/sandbox')).destroyNode(lab(), name));
}
