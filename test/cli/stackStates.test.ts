import { StackState } from '../../cli/backup/stackStates';

const secret = (ciphertext: string) => ({
  '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
  ciphertext,
});
const stack = { urn: 'a', type: 'pulumi:pulumi:Stack', outputs: { undercloud: { host: 'h' } } };
const command = {
  urn: 'b',
  type: 'command:remote:Command',
  inputs: { key: secret('one'), stdin: 'text' },
  dependencies: ['x', 'y'],
  propertyDependencies: { stdin: ['x', 'y'], create: null },
};

/** The export of a stack with these resources. */
const exported = (resources: object[], more: object = {}) =>
  new StackState(JSON.stringify({ version: 3, deployment: { resources, ...more } }));

const first = exported([stack, command]);

test('an update without changes makes no difference', () => {
  const later = {
    ...command,
    sourcePosition: 'project:///index.js#2,2',
    stackTrace: [{}],
    inputs: { ...command.inputs, key: secret('another') },
    dependencies: ['y', 'x'],
    propertyDependencies: { create: null, stdin: ['y', 'x'] },
  };
  expect(first.equals(exported([later, stack]))).toBe(true);
});

test.each([
  ['an input', [stack, { ...command, inputs: { ...command.inputs, stdin: 'another' } }]],
  ['a dependency', [stack, { ...command, dependencies: ['x'] }]],
  ['a missing resource', [stack]],
  ['one more resource', [stack, command, { ...command, urn: 'c' }]],
])('a difference: %s', (_, resources) => {
  expect(first.equals(exported(resources))).toBe(false);
});

test('outputs, and what is empty or under way', () => {
  expect(first.output('undercloud')).toEqual({ host: 'h' });
  expect([first.isEmpty, exported([]).isEmpty]).toEqual([false, true]);
  expect(first.isUnderWay).toBe(false);
  expect(exported([stack], { pending_operations: [{ type: 'creating' }] }).isUnderWay).toBe(true);
});

test("Pulumi's settings of a stack name its key", () => {
  const providers = (type: string, state: object) =>
    exported([], { secrets_providers: { type, state } }).settings;
  expect(providers('passphrase', { salt: 'v1:s' })).toBe('encryptionsalt: v1:s\n');
  expect(providers('cloud', { url: 'awskms://k', encryptedkey: 'e' })).toBe(
    'secretsprovider: awskms://k\nencryptedkey: e\n',
  );
});
