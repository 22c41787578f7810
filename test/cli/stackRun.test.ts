import type { Entry } from '../../cli/run/display';
import { runStack } from '../../cli/run/pulumi';
import { RunRecorder } from '../../cli/run/record';
import { type LabRun, StackRun } from '../../cli/run/stackRun';
import { tellEnding } from '../../stacks/sideBySide';
import { folderOfEachTest } from '../folderOfEachTest';

/* What the display shows of one stack of a run: Pulumi is mocked. */

jest.mock('../../cli/run/pulumi', () => ({
  ...jest.requireActual<object>('../../cli/run/pulumi'),
  runStack: jest.fn(),
}));

const folder = folderOfEachTest('state');

/** The lines of stack dev-dcn0, whose program has one step that was done before: until the control plane is up, and after. */
async function lines(verb: LabRun['verb']): Promise<[string, string]> {
  let line = (): string => '';
  const entry = {
    event: () => undefined,
    waits: () => undefined,
    follow: (shown: () => string) => void (line = shown),
  };
  let end = (): void => undefined;
  jest.mocked(runStack).mockImplementation(async (_env, _verb, _stack, { onEvent }) => {
    const urn = 'urn:pulumi:dev-dcn0::glance-dcn::command:remote:Command::dcn0-nodes';
    onEvent({
      timestamp: 0,
      resourcePreEvent: { metadata: { op: 'same', urn, type: 'command:remote:Command' } },
    });
    await new Promise<void>((resolve) => (end = resolve));
  });
  const run = {
    context: { name: 'dev', isInProject: true },
    env: {},
    verb,
    recorder: new RunRecorder('dev', verb),
    folder: folder(),
    interrupts: { stop: new AbortController().signal, kill: new AbortController().signal },
  } as unknown as LabRun;
  const node = { name: 'dev-dcn0', title: 'edge site', needs: ['dev'], joins: ['dev-control-plane'] };
  const stack = new StackRun(node, run, entry as unknown as Entry);
  const started = stack.start(() => false);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const first = line();
  tellEnding(folder(), 'dev-control-plane', 'up');
  const second = line();
  end();
  await started;
  return [first, second];
}

test('a stack that only waits for the control plane says so, until that is up', async () => {
  expect(await lines('up')).toEqual(['waits for control-plane · 1 done', 'working · 1 done']);
});

test('a stack that is destroyed waits for no other', async () => {
  expect(await lines('destroy')).toEqual(['working · 1 done', 'working · 1 done']);
});

test('a stack that failed shows why, not that pulumi failed', () => {
  const shown: unknown[] = [];
  const entry = { waits: () => undefined, failed: (text: unknown) => shown.push(text) } as unknown as Entry;
  const run = { verb: 'up', recorder: new RunRecorder('dev', 'up') } as unknown as LabRun;
  const node = { name: 'dev-dcn0', title: 'edge site', needs: [], joins: [] };
  const message = 'pulumi up -s dev-dcn0 failed:\nProcess exited with status 1\nthe disk is full';
  new StackRun(node, run, entry).settle({ state: 'failed', error: new Error(message) });
  expect(shown).toEqual(['the disk is full']);
});
