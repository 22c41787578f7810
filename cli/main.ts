import { Command } from 'commander';
import { LabFileError } from '../model';
import { UserError } from './context';

/*
 * Each verb imports what it needs when it runs: `dcn env` and `dcn sandbox node` are called often and by programs, and
 * must not pay for what the others load.
 */
const program = new Command('dcn')
  .description(
    'Glance at the edge, as code: bring a lab of distributed compute nodes up and down, and handle its images.',
  )
  .option('--lab <file or prefix>', 'lab file, or stack prefix of one beside Pulumi.yaml', 'dev')
  .showHelpAfterError()
  .enablePositionalOptions();

const lab = (): string => program.opts<{ lab: string }>().lab;

program
  .command('up')
  .description(
    'bring the whole lab up: tool chain, sandbox, every stack, images; then prove them at each site',
  )
  .action(async () => (await import('./up')).up(lab()));
program
  .command('destroy')
  .description('destroy all stacks in reverse order, then the sandbox; nothing of the lab is left')
  .action(async () => (await import('./destroy')).destroy(lab()));
program
  .command('env')
  .description('print what a shell needs for plain pulumi: eval "$(./dcn env)"')
  .action(async () => (await import('./env')).printEnvironment(lab()));
program
  .command('plan')
  .description('print the plan of all sites')
  .option('--out <dir>', 'write every file and commands.sh of each site below this folder')
  .action(async (options: { out?: string }) => (await import('./plan')).printPlan(lab(), options.out));
program
  .command('status')
  .description('stacks, jobs, stores, locks')
  .option('--json', 'as JSON')
  .action(async (options: { json?: boolean }) =>
    (await import('./status')).status(lab(), options.json ?? false),
  );

const images = program
  .command('images')
  .description('images and the stores or caches that hold them')
  .option('--json', 'as JSON')
  .action(async (options: { json?: boolean }) =>
    (await import('./images')).listImages(lab(), options.json ?? false),
  );
images
  .command('copy <names...>')
  .description('copy images to sites, or fetch them into the caches there')
  .requiredOption('--to <sites...>', 'sites or stores')
  .action(async (names: string[], { to }: { to: string[] }) =>
    (await import('./images')).copyImages(lab(), names, to),
  );
images
  .command('remove <names...>')
  .description('remove images from sites, or from the caches there')
  .requiredOption('--from <sites...>', 'sites or stores')
  .action(async (names: string[], { from }: { from: string[] }) =>
    (await import('./images')).removeImages(lab(), names, from),
  );
images
  .command('verify [names...]')
  .description('read every copy back at its site and compare its checksum')
  .action(async (names: string[]) => (await import('./images')).verifyImages(lab(), names));

program
  .command('ssh <node> [command...]')
  .description('a shell or a command on a node, or on the undercloud')
  .passThroughOptions()
  .action(async (node: string, command: string[]) => {
    process.exitCode = await (await import('./ssh')).ssh(lab(), node, command);
  });

/** Loading the sandbox's verbs costs more than the others together: done only where they are called or listed. */
function sandboxIsMeant(): boolean {
  const verb = process.argv
    .slice(2)
    .find((word, index, words) => !word.startsWith('-') && words[index - 1] !== '--lab');
  return verb === undefined || verb === 'sandbox' || verb === 'help';
}

async function main(): Promise<void> {
  if (sandboxIsMeant()) {
    program.addCommand((await import('../sandbox/command')).sandboxCommand(lab));
  }
  await program.parseAsync();
}

main().catch((error: unknown) => {
  const isPlain = error instanceof UserError || error instanceof LabFileError;
  const text =
    error instanceof Error ? (isPlain ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
