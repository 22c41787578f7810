import { Command, Option } from 'commander';
import type { AdoptOptions } from './commands/adopt';
import type { AuditOptions } from './commands/audit';
import type { BackupOptions } from './commands/backup';
import type { BootOptions } from './commands/boot';
import type { DestroyOptions } from './commands/destroy';
import type { CopyOptions, ListOptions } from './commands/images';
import type { ImportOptions } from './commands/import';
import type { InitOptions } from './commands/init';
import type { LogOptions } from './commands/log';
import type { PlanOptions } from './commands/plan';
import type { PreviewOptions } from './commands/preview';
import { defaultLab } from './defaultLab';
import { type LabOption, json } from './commonOptions';
import { arrangementNames } from './init/arrangements';
import { monitorCodes } from './monitorCodes';
import type { UpOptions } from './commands/up';
import { addSandboxVerbs } from './sandboxVerbs';
import type { VerifyOptions } from './commands/verify';
import type { PictureOptions } from './pictures/writePicture';
import { versionText } from './version';
import { atLeastOne } from '../lib/numberOption';

/*
 * The verbs of `dcn`. Each verb imports its code when it runs: programs call `dcn env` and `dcn sandbox node` often, and must
 * not load the code of the other verbs.
 */

/** The command line: all verbs with their options. */
export function createProgram(): Command {
  const program = new Command('dcn')
    .description(
      'Glance at the edge, as code: bring a lab of distributed compute nodes up and down, and handle its images.',
    )
    .version(versionText, '--version', 'print the versions of dcn, Node and Pulumi')
    .addOption(labOption())
    .showHelpAfterError()
    .enablePositionalOptions();
  const lab = (): string => program.opts<{ lab: string }>().lab;
  addLabVerbs(program, lab);
  addImageVerbs(program, lab);
  addServerVerbs(program, lab);
  addSandboxVerbs(program, lab);
  addCompletion(program);
  acceptLabAfterVerbs(program, (value) => program.setOptionValue('lab', value));
  return program;
}

function labOption(): Option {
  const description = 'lab file, or stack prefix of a lab file beside Pulumi.yaml';
  return new Option('--lab <file or prefix>', description).default(defaultLab);
}

/** Accepts `--lab` after each verb, too. With `dcn ssh` only before the node: words after it are the remote command's. */
function acceptLabAfterVerbs(command: Command, onLab: (value: string) => void): void {
  for (const verb of command.commands) {
    verb.addOption(labOption()).on('option:lab', onLab);
    acceptLabAfterVerbs(verb, onLab);
  }
}

/** `--json` of a verb that has another option for its result. */
const jsonInsteadOf = (option: 'out' | 'svg'): Option => new Option(...json).conflicts(option);
const parallel = [
  '--parallel <n>',
  'maximum parallel stacks (default: by the memory and the cores of this machine)',
] as const;

const canary = ['--canary <site>', 'bring this site up and boot its servers before the other sites'] as const;
const wave = ['--wave <n>', 'bring the sites up in groups of n; a group with a failure is the last'] as const;

const asAdmin = [
  '--as-admin',
  'the administrator asks Nova for the server (default: a tenant, in a project that the kit creates)',
] as const;

const passphraseFile = [
  '--passphrase-file <file>',
  'file whose first line is the passphrase (default: ask at the terminal)',
] as const;

/** Options of `import` that are for writing a lab file alone. */
const ofImportedFile = ['undercloud', 'hostKey', 'key', 'stacks', 'json'];

type ImportVerbOptions = ImportOptions & AdoptOptions & { adopt?: boolean; forget?: boolean };

/** Verbs for a whole lab. */
function addLabVerbs(program: Command, lab: LabOption): void {
  program
    .command('up')
    .description(
      'bring the whole lab up: tool chain, sandbox, every stack, images; if commands ran, prove the images at each site',
    )
    .option(...parallel, atLeastOne)
    .option(...canary)
    .option(...asAdmin)
    .option(...wave, atLeastOne)
    .option('--prove', 'prove the images even if no command ran')
    .option(
      '--yes',
      'let nodes that are gone from the lab file leave their sites, without the question at a terminal; their data moves to other nodes',
    )
    .action(async (options: UpOptions) => (await import('./commands/up')).up(lab(), options));
  program
    .command('destroy [sites...]')
    .description(
      'destroy these sites; without names the whole lab, the sandbox and its state on this machine included',
    )
    .option(...parallel, atLeastOne)
    .option(
      '--site-lost',
      'these sites are lost for good: list the images whose only copy was there, and contact no host of these sites',
    )
    .option(
      '--yes',
      'do not ask; at a terminal, hosts that existed before the lab are asked about all the same',
    )
    .action(async (sites: string[], options: DestroyOptions) =>
      (await import('./commands/destroy')).destroy(lab(), sites, options),
    );
  program
    .command('env')
    .description('print the environment for plain pulumi: eval "$(./dcn env)"')
    .action(async () => (await import('./commands/env')).printEnvironment(lab()));
  program
    .command('validate [files...]')
    .description(
      'check lab files and the files of images that they name; contacts no host and writes nothing',
    )
    .action(async (files: string[]) =>
      (await import('./commands/validate')).validate(files.length > 0 ? files : [lab()]),
    );
  program
    .command('init')
    .description('write a lab file: by a few questions at the terminal, or by the name of an arrangement')
    .addOption(
      new Option('--arrangement <name>', 'copy the lab file of this arrangement, and ask nothing').choices(
        arrangementNames,
      ),
    )
    .action(async (options: InitOptions) => (await import('./commands/init')).init(lab(), options));
  program
    .command('import')
    .usage('--undercloud USER@HOST --host-key KEY --key FILE --lab NAME, or --adopt, or --forget')
    .description(
      'write the lab file of a DCN that TripleO deployed by other means, and print what it does not say; then --adopt makes it a lab',
    )
    .option('--undercloud <user@host[:port]>', 'the undercloud, and its user that runs TripleO')
    .option('--host-key <key>', 'its public SSH host key, as ssh-keyscan prints it after the name')
    .option('--key <file>', 'private key for it, without a passphrase')
    .option('--stacks <names>', "only these of TripleO's stacks, with commas between them (default: all)")
    .option(...json)
    .addOption(
      new Option(
        '--adopt',
        'put what stands on record as the lab of the lab file; deploys nothing',
      ).conflicts([...ofImportedFile, 'forget']),
    )
    .option(
      '--accept-differences',
      'with --adopt: what the lab file does not keep is for the next deployments',
    )
    .addOption(
      new Option('--forget', 'take the lab’s records and state away, and leave the cloud as it is').conflicts(
        [...ofImportedFile, 'acceptDifferences'],
      ),
    )
    .option('--yes', 'with --adopt or --forget: do not ask for confirmation')
    .option(...parallel, atLeastOne)
    .action(async (options: ImportVerbOptions) => {
      if (options.adopt) {
        await (await import('./commands/adopt')).adopt(lab(), options);
      } else if (options.forget) {
        await (await import('./commands/forget')).forget(lab(), options);
      } else {
        await (await import('./commands/import')).importDcn(lab(), options);
      }
    });
  program
    .command('plan')
    .description('print the plan of all sites')
    .option('--out <dir>', 'write all files and commands.sh of each site into this folder')
    .addOption(jsonInsteadOf('out'))
    .action(async (options: PlanOptions) => (await import('./commands/plan')).printPlan(lab(), options));
  program
    .command('preview [stacks...]')
    .description('print as Markdown what pulumi up would change in each stack, with the changed YAML lines')
    .option(...canary)
    .option(...asAdmin)
    .option(...wave, atLeastOne)
    .option(...json)
    .action(async (stacks: string[], options: PreviewOptions) =>
      (await import('./commands/preview')).preview(lab(), stacks, options),
    );
  program
    .command('touched <commit> [labs...]')
    .description('print the stacks that changes of lab files since a commit affect, as JSON for a workflow')
    .action(async (commit: string, labs: string[]) =>
      (await import('./commands/touched')).touched(labs.length > 0 ? labs : [lab()], commit),
    );
  program
    .command('status')
    .description('print stacks, jobs, stores, locks')
    .option(...json)
    .action(async (options: { json?: boolean }) =>
      (await import('./commands/status')).status(lab(), options.json ?? false),
    );
  program
    .command('audit [sites...]')
    .description(
      'print where what stands differs from the records and the lab file; exits with 1 for warnings, 2 for errors, 3 without an answer',
    )
    .option(...json)
    .option('--prometheus <file>', "write the result for node_exporter's textfile collector (*.prom)")
    .option(
      '--content <MiB>',
      'also read images back, up to so many MiB in each store: those that were read longest ago',
      atLeastOne,
    )
    .option('--watch', 'audit every minute until Ctrl-C, and print what has changed')
    .exitOverride(({ exitCode }) => process.exit(exitCode && monitorCodes.unknown))
    .action(async (sites: string[], options: AuditOptions) =>
      (await import('./commands/audit')).audit(lab(), sites, options),
    );
  program
    .command('report <file>')
    .description(
      'write a page (HTML) that stands alone: topology, images, last audit, jobs, last run, versions',
    )
    .action(async (file: string) => (await import('./commands/report')).report(lab(), file));
  program
    .command('backup <file>')
    .description(
      "write state, lab file and the undercloud's records of the lab into a file that a passphrase encrypts; no images",
    )
    .option(...passphraseFile)
    .action(async (file: string, options: BackupOptions) =>
      (await import('./commands/backup')).backup(lab(), file, options),
    );
  program
    .command('restore <file>')
    .description('write what is in a backup and is missing here or on the undercloud; replaces nothing')
    .option(...passphraseFile)
    .action(async (file: string, options: BackupOptions) =>
      (await import('./commands/restore')).restore(lab(), file, options),
    );
  program
    .command('log [job]')
    .usage('[SITE/STEP]')
    .description("print the log of a job's latest run, without secrets; without a job, list the jobs")
    .option('-f, --follow', 'go on until the run has ended')
    .option('--json', 'print the list of jobs as JSON')
    .action(async (job: string | undefined, options: LogOptions) =>
      (await import('./commands/log')).log(lab(), job, options),
    );
  program
    .command('timeline')
    .description('print which steps ran when in the last ./dcn up or destroy')
    .option('--svg <file>', 'write a picture')
    .addOption(jsonInsteadOf('svg'))
    .action(async (options: PictureOptions) =>
      (await import('./commands/timeline')).timeline(lab(), options),
    );
  program
    .command('topology')
    .description('print sites, nodes with roles, networks, clusters, stores, and the images in them')
    .option('--svg <file>', 'write a picture')
    .addOption(jsonInsteadOf('svg'))
    .action(async (options: PictureOptions) =>
      (await import('./commands/topology')).topology(lab(), options),
    );
}

/** The statuses of images in Glance's lists (Image API v2). */
const statuses = ['queued', 'saving', 'uploading', 'importing', 'active', 'deactivated'];

function addImageVerbs(program: Command, lab: LabOption): void {
  const images = program
    .command('images')
    .description('print the images, and the stores or caches that hold each')
    .option('--name <image>', 'only images of this name, or of a pattern with * and ?')
    .option('--at <sites...>', 'only images that one of these sites holds; with --missing: lacks')
    .addOption(new Option('--status <status>', 'only images of this status of Glance').choices(statuses))
    .option('--in-lab-file', 'only images of the lab file, also those that Glance does not have')
    .option('--missing', 'only images that a site lacks where the lab file wants them')
    .option(...json)
    .action(async (options: ListOptions) => (await import('./commands/images')).listImages(lab(), options));
  images
    .command('copy [images...]')
    .usage('<images...> --to <sites...>')
    .description('copy images to sites, or fetch them into the caches of sites')
    .requiredOption('--to <sites...>', 'sites or stores')
    .option(
      '--direct',
      'send blocks from cluster to cluster, past Glance: only what the sites lack, to all at once',
    )
    .option('--dry-run', 'with --direct: only print what would be sent')
    .option('--rate <mbit>', 'with --direct: at most so many Mbit/s to each site')
    .option('--rate-in-all <mbit>', 'with --direct: at most so many Mbit/s to all sites together')
    .option('--at-once <number>', 'with --direct: images at a time (4)')
    .action(async (names: string[], options: { to: string[] } & CopyOptions) =>
      (await import('./commands/images')).copyImages(lab(), names, options),
    );
  images
    .command('remove [images...]')
    .usage('<images...> --from <sites...>')
    .description('remove images from sites, or from the caches of sites')
    .requiredOption('--from <sites...>', 'sites or stores')
    .action(async (names: string[], { from }: { from: string[] }) =>
      (await import('./commands/images')).removeImages(lab(), names, from),
    );
  images
    .command('delete <images...>')
    .description(
      'delete images everywhere, such as earlier versions; refused while anything is a clone of them',
    )
    .action(async (names: string[]) => (await import('./commands/images')).deleteImages(lab(), names));
  images
    .command('verify [images...]')
    .description('read every copy at its site and compare its checksum with that in Glance')
    .option(...json)
    .action(async (names: string[], options: { json?: boolean }) =>
      (await import('./commands/images')).verifyImages(lab(), names, options.json ?? false),
    );
}

const flavor = [
  '--flavor <name>',
  'flavor of Nova (default: one with room for the image, which the kit creates)',
] as const;
const network = [
  '--network <name>',
  'network of Neutron (default: glance-dcn, which the kit creates)',
] as const;

/** Verbs for servers and hosts. */
function addServerVerbs(program: Command, lab: LabOption): void {
  program
    .command('boot <name>')
    .description(
      'boot a server at a site and leave it running; print its boot time and whether its disk is a clone',
    )
    .requiredOption('--at <site>', 'site with computes')
    .option(
      '--image <image>',
      'image of Glance (default: the only image with an operating system that the lab file puts at the site)',
    )
    .option('--volume', 'boot from a volume that Cinder creates from the image')
    .option(...flavor)
    .option(...network)
    .option(...asAdmin)
    .option(...json)
    .action(async (name: string, options: BootOptions) =>
      (await import('./commands/boot')).boot(lab(), name, options),
    );
  program
    .command('verify [images...]')
    .description(
      'boot a server from each image at each site that should have the image, check the server, remove it',
    )
    .option(...flavor)
    .option(...network)
    .option(...asAdmin)
    .option(...json)
    .action(async (names: string[], options: VerifyOptions) =>
      (await import('./commands/verify')).verify(lab(), names, options),
    );

  program
    .command('ssh <node> [command...]')
    .description('run a shell or a command on a node, or on the undercloud')
    .passThroughOptions()
    .action(async (node: string, command: string[]) => {
      process.exitCode = await (await import('./commands/ssh')).ssh(lab(), node, command);
    });
}

/** Completion of words in shells. */
function addCompletion(program: Command): void {
  const completion = program
    .command('completion')
    .description('print a script that makes the shell complete verbs, options and names of a lab');
  for (const shell of ['bash', 'zsh'] as const) {
    completion
      .command(shell)
      .description(`for ${shell}: eval "$(./dcn completion ${shell})"`)
      .action(async () => (await import('./commands/completion')).printScript(shell));
  }
  completion
    .command('words [words...]', { hidden: true })
    .action(async (words: string[]) =>
      (await import('./commands/completion')).printCandidates(program, words),
    );
}
