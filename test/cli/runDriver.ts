import { UserError } from '../../lib/userError';
import { openLab } from '../../cli/context';
import { RunRecorder } from '../../cli/run/record';
import { runLab } from '../../cli/run/labRun';
import { stacksOf } from '../../cli/run/graph';

/*
 * The part of `dcn up` that runs the stacks, in a process that tests can interrupt, with the tests' `pulumi` on PATH.
 * Arguments: the lab file and, if wanted, the maximum of parallel stacks.
 */
const [file = '', parallel] = process.argv.slice(2);
const context = openLab(file);
const env = {
  PATH: process.env.PATH ?? '',
  PULUMI_BACKEND_URL: 'file:///nowhere',
  PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true' as const,
};
const recorder = new RunRecorder(context.name, 'up');

runLab(
  context,
  env,
  { verb: 'up', again: ['up'] },
  stacksOf(context.plan),
  recorder,
  parallel ? { parallel: Number(parallel) } : {},
)
  .then(({ summary }) => console.log(summary))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
  });
