import * as fs from 'node:fs';
import * as path from 'node:path';
import { killer } from './killer';
import { storeDocument } from './storeLab';
import { type TestUndercloud, until, within } from './undercloud';

jest.setTimeout(60_000);

const parts = (here: TestUndercloud): string[] =>
  // Links, too.
  (fs.readdirSync(here.lab(), { recursive: true }) as string[]).filter((name) => name.endsWith('.part'));

test.concurrent.each<[verb: string, document: (here: TestUndercloud) => string, at: number]>([
  ['stores announce dcn0', () => '', 1],
  [
    'stores record',
    (here) => storeDocument(here, 'control-plane', { store: 'central', cluster: 'central' }),
    1,
  ],
  ['job run', (here) => here.job('dcn0/step', { files: { 'dcn0/x.yaml': 'x: 1\n' } }), 1],
  ['job run', (here) => here.job('dcn0/step', { files: { 'dcn0/x.yaml': 'x: 1\n' } }), 2],
  ['install', () => '', 1],
])('what `%s` has written half when it is killed, its next run removes', (verb, document, at) =>
  within(async (here) => {
    here.inject(killer);
    here.write('kill-at', String(at));
    const words = verb.split(' ');
    expect((await here.kit(words, document(here))).code).toBe(-1);
    expect(parts(here)).toHaveLength(1);
    expect((await here.kit(words, document(here))).code).toBe(0);
    expect(parts(here)).toEqual([]);
  })(),
);

test.concurrent(
  "a control plane's own store under an earlier id, which a killed `stores record` has left, is removed by its next run",
  within(async (here) => {
    const record = (store: string): Promise<unknown> =>
      here.json(['stores', 'record'], storeDocument(here, 'control-plane', { store, cluster: 'central' }));
    await record('second');
    const earlier = here.read('dcn/dev/stores/own/second.json');
    await record('first');
    here.write('dcn/dev/stores/own/second.json', earlier);
    await record('first');
    expect(fs.readdirSync(here.path('dcn/dev/stores/own'))).toEqual(['first.json']);
  }),
);

test.concurrent(
  'a half-written file of a killed process is removed, although another process has its number now',
  within(async (here) => {
    here.inject(killer);
    here.write('kill-at', '1');
    expect((await here.kit(['stores', 'announce', 'dcn0'])).code).toBe(-1);
    const [left] = parts(here) as [string];
    fs.renameSync(
      path.join(here.lab(), left),
      path.join(here.lab(), left.replace(/(dcn0\.)\d+/, `$1${process.pid}`)),
    );
    expect((await here.kit(['stores', 'announce', 'dcn0'])).code).toBe(0);
    expect(parts(here)).toEqual([]);
  }),
);

test.concurrent(
  'a file that another process is writing stays',
  within(async (here) => {
    const job = here.job('dcn0/step', { files: { 'dcn0/x.yaml': 'x: 1\n' } });
    here.inject(killer.replace('SIGKILL', 'SIGSTOP'));
    here.write('kill-at', '1');
    const stopped = here.start(['job', 'run'], job);
    await until(() => parts(here).length === 1 && !here.exists('kill-at'), 'the file');
    const part = parts(here);
    await here.run(here.job('dcn0/other', { files: { 'dcn0/y.yaml': 'y: 1\n' } }));
    expect(parts(here)).toEqual(part);
    stopped.kill('SIGCONT');
    expect((await stopped.ended).code).toBe(0);
  }),
);
