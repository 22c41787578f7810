import * as fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { LabFileError, parseLab, planFiles, planLab } from '../../model';
import { shipped, shippedFiles } from './labs';

/*
 * Lab files with random changes: each is refused with faults that have a place and a remedy, or planned. DCN_FUZZ_RUNS and
 * DCN_FUZZ_SEED choose how many, and which; a failure names the seed, the path and the changes. Jest has no time limit for a test
 * without a promise.
 */

const runs = Number(process.env.DCN_FUZZ_RUNS ?? 200);
const seed = process.env.DCN_FUZZ_SEED === undefined ? {} : { seed: Number(process.env.DCN_FUZZ_SEED) };

type Key = string | number;
type Mapping = Record<Key, unknown>;

/** Paths of all values below a value, its own first. */
function pathsOf(value: unknown): Key[][] {
  const isMapping = typeof value === 'object' && value !== null;
  return [
    [],
    ...Object.entries(isMapping ? value : {}).flatMap(([key, inner]) =>
      pathsOf(inner).map((path) => [key, ...path]),
    ),
  ];
}

/** Values that a slip of the hand, or a program, puts where something else belongs. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, '', ' ', true, false, 0, -1, 1.5, 1e99, NaN, [], {}, [[]], [null], { '': null }],
    ...[
      '../..',
      '/',
      '-',
      '-rf',
      '~',
      '*',
      '&x',
      '0x10',
      '1e3',
      'null',
      'yes',
      '2026-11-29',
      'ä',
      '日本',
      '\n',
      '\0',
    ],
    ...[
      '10.0.0.0/8',
      '10.0.0.1',
      '300.0.0.1',
      '::1',
      '0.0.0.0/0',
      'dcn0',
      'control-plane',
      'Controller',
      '__proto__',
    ],
    ...['constructor', 'toString', "'; rm -rf /", '$(id)', '`id`', '%s', '{{ x }}', 'https://a:b@c/'],
    'x'.repeat(5000),
  ),
  fc.string(),
  fc.integer(),
  fc.jsonValue(),
);

const change = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('replace', 'remove', 'rename', 'add', 'copy', 'wrap'),
  value: junk,
  key: fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'toString', '', 'nodes', 'ceph', '0'),
    fc.string(),
  ),
  from: fc.nat(),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** Changes one value of a lab file's content, somewhere below `config`. */
function mutate(content: Mapping, { at, kind, value, key, from }: Change): void {
  const paths = pathsOf(content.config).slice(1);
  const path = paths[at % Math.max(paths.length, 1)];
  if (!path) {
    return;
  }
  const lookUp = (keys: Key[]): unknown =>
    keys.reduce<unknown>((inner, one) => (inner as Mapping)[one], content.config);
  const parent = lookUp(path.slice(0, -1)) as Mapping;
  const last = path.at(-1) as Key;
  const put = (name: Key, inner: unknown): void =>
    void Object.defineProperty(parent, name, {
      value: inner,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  switch (kind) {
    case 'replace':
      return put(last, value);
    case 'remove':
      return void delete parent[last];
    case 'rename':
      put(Array.isArray(parent) ? last : key, parent[last]);
      return;
    case 'add':
      return put(Array.isArray(parent) ? parent.length : key, value);
    case 'copy':
      return put(last, structuredClone(lookUp(paths[from % paths.length] as Key[])));
    case 'wrap':
      return put(last, [parent[last]]);
  }
}

/** Checks that a text is refused with places and remedies, or that its plan can be made. */
function expectSentenceOrPlan(text: string): void {
  let lab;
  try {
    lab = parseLab('fuzz', text);
  } catch (error) {
    if (!(error instanceof LabFileError)) {
      throw error;
    }
    expect(error.faults).not.toEqual([]);
    for (const { path, message, remedy } of error.faults) {
      expect(path).not.toBe('');
      expect(message.trim()).not.toBe('');
      expect(remedy.trim()).not.toBe('');
    }
    expect(error.message).not.toMatch(/undefined|\[object Object\]|\bNaN\b(?!")|TypeError/);
    return;
  }
  planFiles(planLab(lab));
}

test.each(shippedFiles)('%s with random changes is refused in sentences, or planned', (file) => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const content = parse(shipped(file)) as Mapping;
      changes.forEach((one) => mutate(content, one));
      expectSentenceOrPlan(stringify(content, { aliasDuplicateObjects: false }));
    }),
    { numRuns: Math.ceil(runs / shippedFiles.length), ...seed },
  );
});

test('the text of a lab file with random characters is refused in sentences, or planned', () => {
  const slip = fc.record({
    at: fc.nat(),
    drop: fc.nat({ max: 20 }),
    text: fc.oneof(
      fc.string(),
      fc.constantFrom('\t', ': ', '- ', '{', '}', '[', '&a ', '*a', '"', "'", '#', '\0'),
    ),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...shippedFiles),
      fc.array(slip, { minLength: 1, maxLength: 3 }),
      (file, slips) => {
        const text = slips.reduce((before, { at, drop, text: put }) => {
          const position = at % (before.length + 1);
          return before.slice(0, position) + put + before.slice(position + drop);
        }, shipped(file));
        expectSentenceOrPlan(text);
      },
    ),
    { numRuns: runs, ...seed },
  );
});
