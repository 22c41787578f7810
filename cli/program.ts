import { Command, InvalidArgumentError } from 'commander';
import type { BootOptions } from './commands/boot';
import type { DestroyOptions } from './commands/destroy';
import { defaultLab } from './defaultLab';
import type { ServerOptions } from './proofs/serverPlan';
import type { RunOptions } from './run/labRun';

/*
 * The verbs of `dcn`. Each imports its code when it runs: programs call `dcn env` and `dcn sandbox node` often, and must
 * not pay for the code of the other verbs.
 */

/** Value of dcn's `--lab`. */
type LabOption = () => string;

/** The command line: all verbs with their options. */
export function createProgram(): Command {
  const program = new Command('dcn')
    .description(
      'Glance at the edge, as code: bring a lab of distributed compute nodes up and down, and handle its images.',
    )
    .option('--lab <file or prefix>', 'lab file, or stack prefix of one beside Pulumi.yaml', defaultLab)
    .showHelpAfterError()
    .enablePositionalOptions();
  const lab = (): string => program.opts<{ lab: string }>().lab;
  addLabVerbs(program, lab);
  addImageVerbs(program, lab);
  addServerVerbs(program, lab);
  addSandboxVerbs(program, lab);
  return program;
}

/** The value of an option that is a count. */
function atLeastOne(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  }
  return Number(text);
}
const parallel = [
  '--parallel <n>',
  'how many stacks run at once; as many as nothing orders if not given',
] as const;

/** Verbs for a whole lab. */
function addLabVerbs(program: Command, lab: LabOption): void {
  program
    .command('up')
    .description(
      'bring the whole lab up: tool chain, sandbox, every stack, images; then prove them at each site',
    )
    .option(...parallel, atLeastOne)
    .action(async (options: RunOptions) => (await import('./commands/up')).up(lab(), options));
  program
    .command('destroy [sites...]')
    .description(
      'destroy these sites; or all stacks in reverse order, then the sandbox: nothing of the lab is left',
    )
    .option(...parallel, atLeastOne)
    .option(
      '--site-lost',
      'these sites are gone for good: say which images had their only copy there, and do without what is there',
    )
    .option('--yes', 'with --site-lost: do not ask')
    .action(async (sites: string[], options: DestroyOptions) =>
      (await import('./commands/destroy')).destroy(lab(), sites, options),
    );
  program
    .command('env')
    .description('print what a shell needs for plain pulumi: eval "$(./dcn env)"')
    .action(async () => (await import('./commands/env')).printEnvironment(lab()));
  program
    .command('plan')
    .description('print the plan of all sites')
    .option('--out <dir>', 'write every file and commands.sh of each site below this folder')
    .action(async (options: { out?: string }) =>
      (await import('./commands/plan')).printPlan(lab(), options.out),
    );
  program
    .command('preview [stacks...]')
    .description('what pulumi up would change in each stack, as Markdown with the changed YAML lines')
    .action(async (stacks: string[]) => (await import('./commands/preview')).preview(lab(), stacks));
  program
    .command('touched <commit> [labs...]')
    .description('the stacks that lab files change against a commit, as JSON for a workflow')
    .action(async (commit: string, labs: string[]) =>
      (await import('./commands/touched')).touched(labs.length > 0 ? labs : [lab()], commit),
    );
  program
    .command('status')
    .description('stacks, jobs, stores, locks')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) =>
      (await import('./commands/status')).status(lab(), options.json ?? false),
    );
  program
    .command('timeline')
    .description('what ran when in the last ./dcn up or destroy')
    .option('--svg <file>', 'as a picture')
    .action(async (options: { svg?: string }) =>
      (await import('./commands/timeline')).timeline(lab(), options.svg),
    );
  program
    .command('topology')
    .description('sites, nodes with roles, networks, clusters, stores, and the images in them')
    .option('--svg <file>', 'as a picture')
    .action(async (options: { svg?: string }) =>
      (await import('./commands/topology')).topology(lab(), options.svg),
    );
}

function addImageVerbs(program: Command, lab: LabOption): void {
  const images = program
    .command('images')
    .description('images and the stores or caches that hold them')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) =>
      (await import('./commands/images')).listImages(lab(), options.json ?? false),
    );
  images
    .command('copy <names...>')
    .description('copy images to sites, or fetch them into the caches there')
    .requiredOption('--to <sites...>', 'sites or stores')
    .action(async (names: string[], { to }: { to: string[] }) =>
      (await import('./commands/images')).copyImages(lab(), names, to),
    );
  images
    .command('remove <names...>')
    .description('remove images from sites, or from the caches there')
    .requiredOption('--from <sites...>', 'sites or stores')
    .action(async (names: string[], { from }: { from: string[] }) =>
      (await import('./commands/images')).removeImages(lab(), names, from),
    );
  images
    .command('verify [names...]')
    .description('read every copy back at its site and compare its checksum')
    .action(async (names: string[]) => (await import('./commands/images')).verifyImages(lab(), names));
}

const flavor = [
  '--flavor <name>',
  'flavor of Nova; glance-dcn, which the kit creates, if not given',
] as const;
const network = [
  '--network <name>',
  'network of Neutron; glance-dcn, which the kit creates, if not given',
] as const;

/** Verbs for servers and hosts. */
function addServerVerbs(program: Command, lab: LabOption): void {
  program
    .command('boot <name>')
    .description('boot a server at a site, which stays, and say how long it took and what its disk is')
    .requiredOption('--at <site>', 'site with computes')
    .option(
      '--image <name>',
      'image of Glance; the only operating system that the lab file has there if not given',
    )
    .option('--volume', 'from a volume that Cinder makes of the image')
    .option(...flavor)
    .option(...network)
    .action(async (name: string, options: BootOptions) =>
      (await import('./commands/boot')).boot(lab(), name, options),
    );
  program
    .command('verify [names...]')
    .description('boot a server from each image at each site where it should be, look at it, remove it')
    .option(...flavor)
    .option(...network)
    .action(async (names: string[], options: ServerOptions) =>
      (await import('./commands/verify')).verify(lab(), names, options),
    );

  program
    .command('ssh <node> [command...]')
    .description('a shell or a command on a node, or on the undercloud')
    .passThroughOptions()
    .action(async (node: string, command: string[]) => {
      process.exitCode = await (await import('./commands/ssh')).ssh(lab(), node, command);
    });
}

/** Verbs for the hosts and networks that a lab without hardware stands on. */
function addSandboxVerbs(program: Command, lab: LabOption): void {
  const sandbox = program
    .command('sandbox')
    .description('the hosts and networks that a lab without hardware stands on');
  sandbox
    .command('up')
    .description('network and undercloud; nodes come with their sites')
    .action(async () => (await import('./commands/sandbox')).up(lab()));
  sandbox
    .command('down')
    .description('remove everything of it from this machine')
    .action(async () => (await import('./commands/sandbox')).down(lab()));
  sandbox
    .command('status')
    .description('hosts and WAN links')
    .option('--json', 'as JSON')
    .action(async (options: { json?: boolean }) =>
      (await import('./commands/sandbox')).status(lab(), options.json ?? false),
    );
  sandbox
    .command('wan <site> <order>')
    .description("a site's WAN link: a rate each way such as 100mbit, off (no limit), cut, restore")
    .action(async (site: string, order: string) =>
      (await import('./commands/sandbox')).setWan(lab(), site, order),
    );
  sandbox
    .command('pack')
    .description("pack the hosts' images in the cache, for a machine that starts without them")
    .action(async () => (await import('./commands/sandbox')).pack(lab()));

  const node = sandbox.command('node').description('single nodes, as the provisioner makes them');
  node
    .command('create <name>')
    .description('make a node of the lab file, print its identity as JSON')
    .action(async (name: string) => (await import('./commands/sandbox')).createNode(lab(), name));
  node
    .command('destroy <name>')
    .description('remove a node with its disks')
    .action(async (name: string) => (await import('./commands/sandbox')).destroyNode(lab(), name));
}
