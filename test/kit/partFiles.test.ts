import * as fs from 'node:fs';
import { storeDocument } from './storeLab';
import { type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

/** Kills the process of the kit before its n-th os.replace; n is in ~/kill-at. */
const killer = `
import os, signal
replaced = os.replace
def replace(*words):
    try:
        with open(os.path.expanduser("~/kill-at")) as file:
            left = int(file.read()) - 1
    except FileNotFoundError:
        left = 0
    if left == 0:
        os.remove(os.path.expanduser("~/kill-at"))
        os.kill(os.getpid(), signal.SIGKILL)
    if left > 0:
        with open(os.path.expanduser("~/kill-at"), "w") as file:
            file.write(str(left))
    return replaced(*words)
if os.path.exists(os.path.expanduser("~/kill-at")):
    os.replace = replace
`;

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
