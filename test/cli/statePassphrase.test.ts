import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { StackState } from '../../cli/backup/stackStates';
import { passphraseFaults, passphraseIn } from '../../cli/backup/statePassphrase';
import { ensureToolchain } from '../../toolchain/toolchain';

jest.setTimeout(120_000);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-state-passphrase-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const states = new Map<string, StackState>();

/** The state of a stack without resources. */
const stateWith = (provider: object) =>
  new StackState(JSON.stringify({ deployment: { secrets_providers: provider } }));

/** Stacks that Pulumi has made with a passphrase. */
beforeAll(async () => {
  const { bin } = await ensureToolchain((line) => process.stderr.write(`${line}\n`));
  fs.writeFileSync(path.join(folder, 'Pulumi.yaml'), 'name: any\nruntime: yaml\n');
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_HOME: path.join(folder, 'home'),
    PULUMI_CONFIG_PASSPHRASE: 'that of the stacks',
  };
  for (const stack of ['dev', 'dev-dcn0']) {
    await execa('pulumi', ['stack', 'init', stack, '--non-interactive'], { cwd: folder, env });
    const settings = fs.readFileSync(path.join(folder, `Pulumi.${stack}.yaml`), 'utf8');
    const salt = /^encryptionsalt: (.*)$/m.exec(settings)?.[1];
    states.set(stack, stateWith({ type: 'passphrase', state: { salt } }));
  }
});

const faults = (env: NodeJS.ProcessEnv) => passphraseFaults(states, () => passphraseIn(env));
const written = (text: string): string => {
  const file = path.join(folder, 'passphrase');
  fs.writeFileSync(file, text);
  return file;
};

test('the passphrase of the stacks, by its value or its file', () => {
  expect(states.get('dev')?.salt).toMatch(/^v1:/);
  expect(faults({ PULUMI_CONFIG_PASSPHRASE: 'that of the stacks' })).toEqual([]);
  expect(faults({ PULUMI_CONFIG_PASSPHRASE_FILE: written('that of the stacks\n') })).toEqual([]);
});

test.each(['another', ''])('the passphrase %j opens no stack', (text) => {
  expect(faults({ PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: '/none' })).toEqual([
    expect.stringContaining('PULUMI_CONFIG_PASSPHRASE does not open stack dev and 1 more: set'),
  ]);
  const file = written(text);
  expect(faults({ PULUMI_CONFIG_PASSPHRASE_FILE: file })[0]).toContain(`${file} does not open stack dev`);
});

test('a file that is missing', () => {
  expect(faults({ PULUMI_CONFIG_PASSPHRASE_FILE: '/none' })[0]).toMatch(
    /^passphrase of the state: ENOENT.*'\/none'/,
  );
});

test('stacks whose key is in a cloud need no passphrase', () => {
  const cloud = stateWith({ type: 'cloud', state: { url: 'awskms://k', encryptedkey: 'e' } });
  expect(passphraseFaults(new Map([['dev', cloud]]), () => passphraseIn({}))).toEqual([]);
});
