import { table } from '../../lib/table';

test('a table has a frame and no colours', () => {
  expect(
    table(
      ['site', 'MiB'],
      [
        ['dcn0', 1],
        ['dcn1', 20],
      ],
    ),
  ).toBe(
    [
      '┌──────┬─────┐',
      '│ site │ MiB │',
      '├──────┼─────┤',
      '│ dcn0 │ 1   │',
      '├──────┼─────┤',
      '│ dcn1 │ 20  │',
      '└──────┴─────┘',
    ].join('\n'),
  );
});

test('a compact table has no lines between rows', () => {
  expect(table(['site'], [['dcn0'], ['dcn1']], { compact: true }).split('\n')).toHaveLength(6);
});

test('columns are aligned despite wide characters and short rows', () => {
  expect(
    table(['image', 'MiB'], [['東京', 1], ['plain']], { compact: true })
      .split('\n')
      .slice(2),
  ).toEqual(['├───────┼─────┤', '│ 東京  │ 1   │', '│ plain │     │', '└───────┴─────┘']);
});

test('a list shares lines of up to 40 columns, and an empty list is a hyphen', () => {
  const names = ['a'.repeat(20), 'b'.repeat(17), 'c'.repeat(18), 'd'.repeat(50)];
  const lines = table(['stores', 'site'], [[names, 'dcn0'], [[]]], { compact: true }).split('\n');
  expect(lines.slice(3, -1)).toEqual([
    `│ ${names[0]}, ${names[1]},           │ dcn0 │`,
    `│ ${names[2]},                                │      │`,
    `│ ${names[3]} │      │`,
    `│ ${'-'.padEnd(50)} │      │`,
  ]);
});

test('a table of more than 120 columns is printed in parts, each with the key columns', () => {
  const cell = (letter: string): string => letter.repeat(40);
  const heads = (keys: number, cells: string[]): string[] =>
    table(
      cells.map((_, index) => `h${index}`),
      [cells],
      { keys },
    )
      .split('\n')
      .filter((line) => line.startsWith('│ h'))
      .map((line) => line.replace(/[│ ]+/g, ' ').trim());
  expect(heads(1, ['k', cell('a'), cell('b'), cell('c'), cell('d')])).toEqual(['h0 h1 h2', 'h0 h3 h4']);
  expect(heads(2, ['k', 'l', cell('a'), cell('b'), cell('c')])).toEqual(['h0 h1 h2 h3', 'h0 h1 h4']);
  // A frame of three columns takes 10 characters.
  expect(heads(1, ['k'.repeat(30), cell('a'), cell('b')])).toEqual(['h0 h1 h2']);
  expect(heads(1, ['k'.repeat(31), cell('a'), cell('b')])).toEqual(['h0 h1', 'h0 h2']);
  expect(heads(1, ['k'.repeat(119), 'a'])).toEqual(['h0 h1']);
});
