import { PropertyDiff } from '@pulumi/pulumi/proto/provider_pb';
import * as fc from 'fast-check';
import execa from 'execa';
import { parseRuntimeOptions, splitWords } from '../../toolchain/language-nodejs/options';
import { diffInputs } from '../../toolchain/provider-command/diff';
import {
  checkInputs,
  copyToRemoteShape,
  localCommandShape,
  remoteCommandShape,
} from '../../toolchain/provider-command/inputs';
import { goQuote, masking } from '../../toolchain/provider-command/text';
import {
  isSecret,
  makeSecret,
  reveal,
  secretStrings,
  unknownString,
} from '../../toolchain/provider-command/values';

describe('runtime options', () => {
  test.each([
    ['--import tsx', ['--import', 'tsx']],
    ['', []],
    [`  --a='b c'  "d\\"e" f\\ g ''`, ['--a=b c', 'd"e', 'f g', '']],
  ])('%j are the words %j', (line, words) => expect(splitWords(line)).toEqual(words));

  test('are split into words as by a shell', async () => {
    const word = fc.stringMatching(/^[\w ='"-]{0,8}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 5 }), async (words) => {
        const line = words.map((text) => `'${text.replaceAll("'", `'\\''`)}'`).join(' ');
        const { stdout } = await execa('sh', ['-c', `for w in ${line}; do printf '%s\\n' "$w"; done`]);
        expect(splitWords(line)).toEqual(stdout.split('\n'));
      }),
      { numRuns: 20 },
    );
  });

  test('default to ts-node; values of wrong types are refused', () => {
    expect(parseRuntimeOptions({})).toEqual({ typescript: true, nodeargs: [] });
    expect(() => parseRuntimeOptions({ typescript: 'no' })).toThrow('typescript option must be a boolean');
    expect(() => parseRuntimeOptions({ nodeargs: ['--import', 'tsx'] })).toThrow(
      'nodeargs option must be a string',
    );
    expect(() => splitWords(`--a 'b`)).toThrow('is not closed');
  });
});

describe('checked inputs', () => {
  test('get defaults, and the connection becomes secret', () => {
    const { inputs, faults } = checkInputs(
      { connection: { host: 'h', privateKey: 'k' }, create: 'c' },
      remoteCommandShape,
    );
    expect(faults).toEqual([]);
    expect(isSecret(inputs.connection)).toBe(true);
    const { connection } = inputs as { connection: { value: Record<string, unknown> } };
    expect(isSecret(connection.value.privateKey)).toBe(true);
    expect(reveal(inputs)).toEqual({
      connection: {
        host: 'h',
        privateKey: 'k',
        user: 'root',
        port: 22,
        dialErrorLimit: 10,
        perDialTimeout: 15,
      },
      create: 'c',
    });
  });

  test('are all checked at once; unknown values are accepted', () => {
    const { faults } = checkInputs(
      {
        connection: makeSecret({ host: unknownString, port: '22', dialErrorLimit: 1.5, proxy: {} }),
        stdin: makeSecret(5),
        logging: 'all',
        triggers: 'now',
        environment: { A: makeSecret('a'), B: 1 },
        creat: 'c',
      },
      remoteCommandShape,
    );
    expect(faults.map(({ property, reason }) => `${property}: ${reason}`).sort()).toEqual([
      'connection.dialErrorLimit: expected a whole number, got a number',
      'connection.port: expected a number, got a string',
      "connection.proxy.host: Missing required field 'host' on 'proxy'",
      "creat: Unrecognized field 'creat' on 'remote.Command'",
      'environment: expected a map of strings, got an object',
      'logging: expected one of stdout, stderr, stdoutAndStderr, none, got "all"',
      'stdin: expected a string, got a number',
      'triggers: expected a list, got a string',
    ]);
  });

  test('that this provider does not support are refused', () => {
    const { faults } = checkInputs({ create: 'true', assetPaths: ['*'] }, localCommandShape);
    expect(faults[0]?.reason).toContain('not supported');
    expect(checkInputs({}, copyToRemoteShape).faults.map(({ property }) => property)).toEqual([
      'connection',
      'source',
      'remotePath',
    ]);
  });
});

describe('differences', () => {
  const kinds = (before: object, after: object): Record<string, number> =>
    Object.fromEntries(
      [...diffInputs(before as Record<string, unknown>, after as Record<string, unknown>)].map(
        ([path, diff]) => [path, diff.getKind()],
      ),
    );
  const { ADD, ADD_REPLACE, DELETE, UPDATE, UPDATE_REPLACE } = PropertyDiff.Kind;

  test('have the path of the input; a trigger replaces', () => {
    expect(
      kinds(
        { stdin: 'a', delete: 'x', environment: { A: '1' }, triggers: ['1', '2'] },
        { stdin: 'b', create: 'c', environment: { A: '2', 'B-b': '3' }, triggers: ['1', '3', '4'] },
      ),
    ).toEqual({
      stdin: UPDATE,
      delete: DELETE,
      create: ADD,
      'environment.A': UPDATE,
      'environment["B-b"]': ADD,
      'triggers[1]': UPDATE_REPLACE,
      'triggers[2]': ADD_REPLACE,
    });
  });

  test('of equal secrets are none; a changed secret is one difference', () => {
    const secret = (port: number): object => ({
      connection: makeSecret({ host: 'h', port }),
      version: `${port}`,
    });
    expect(kinds(secret(22), secret(22))).toEqual({});
    expect(kinds(secret(22), secret(23))).toEqual({ connection: UPDATE });
  });

  test('of a value and itself are none', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) =>
        expect(kinds(value, value)).toEqual({}),
      ),
    );
  });
});

describe('messages', () => {
  test('quote as Go does', () => {
    expect(goQuote('a "b"\\\n\t\x1b[0m é')).toBe('"a \\"b\\"\\\\\\n\\t\\x1b[0m é"');
  });

  test('mask secrets in all forms, and nothing else', () => {
    const key = `-----BEGIN KEY-----\n${'A1b2'.repeat(10)}\n-----END KEY-----\n`;
    const mask = masking([key, 'openSesame', 'a']);
    expect(mask(`x ${goQuote(key)} y`)).not.toContain('A1b2');
    expect(mask(`line ${'A1b2'.repeat(10)}`)).toBe('line [secret]');
    expect(mask('say openSesame, a door')).toBe('say [secret], a door');
    expect(secretStrings({ a: makeSecret({ b: ['c'] }), d: 'e' })).toEqual(['c']);
  });
});
