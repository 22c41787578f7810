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
