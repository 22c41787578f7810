import { UserError } from '../../lib/userError';
import { openLab } from '../../cli/context';
import { RunRecorder } from '../../cli/run/record';
import { type RunOptions, runLab, runWords } from '../../cli/run/labRun';
import { type WaveOptions, waveWords } from '../../cli/run/waves';
import { wavesOf } from '../../cli/proofs/canary';
import { stacksOf } from '../../cli/run/graph';

/*
 * The part of `dcn up` that runs the stacks, in a process that tests can interrupt, with the tests' `pulumi` on PATH.
 * Arguments: the lab file, and the options as JSON.
 */
const [file = '', options = '{}'] = process.argv.slice(2);
const { parallel, ...waveOptions } = JSON.parse(options) as RunOptions & WaveOptions;
const context = openLab(file);
const env = {
  PATH: process.env.PATH ?? '',
  PULUMI_BACKEND_URL: 'file:///nowhere',
  PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true' as const,
};

async function run(): Promise<string> {
  const waves = await wavesOf(context, waveOptions);
  const words = [...waveWords(waveOptions), ...runWords({ parallel })];
  const recorder = new RunRecorder(context.name, 'up', words);
  const { summary } = waves
    ? await runLab(context, env, { verb: 'up', words, waves }, waves.nodes, recorder, { parallel })
    : await runLab(context, env, { verb: 'up', words }, stacksOf(context.plan), recorder, { parallel });
  return summary;
}

run()
  .then((summary) => console.log(summary))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
  });
