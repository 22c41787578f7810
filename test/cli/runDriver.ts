import { UserError } from '../../lib/userError';
import { openLab } from '../../cli/context';
import { RunRecorder } from '../../cli/run/record';
import { runLab } from '../../cli/run/labRun';
import { stacksOf } from '../../cli/run/graph';

/*
 * `dcn up` from where its stacks begin, in a process of its own that can be interrupted: the tests put a `pulumi` of
 * theirs on PATH. Arguments: the lab file, and the limit of stacks at once if there is one.
 */
const [file = '', parallel] = process.argv.slice(2);
const context = openLab(file);
const env = {
  PATH: process.env.PATH ?? '',
  PULUMI_BACKEND_URL: 'file:///nowhere',
  PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true' as const,
};
const recorder = new RunRecorder(context.name, 'up');

runLab(context, env, 'up', stacksOf(context.plan), recorder, parallel ? { parallel: Number(parallel) } : {})
  .then(({ summary }) => console.log(summary))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
  });
