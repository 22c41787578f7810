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

test('a compact one has no lines between its rows', () => {
  expect(table(['site'], [['dcn0'], ['dcn1']], { compact: true }).split('\n')).toHaveLength(6);
});

test('columns stay in line beside wide characters and where a row is short', () => {
  expect(
    table(['image', 'MiB'], [['東京', 1], ['plain']], { compact: true })
      .split('\n')
      .slice(2),
  ).toEqual(['├───────┼─────┤', '│ 東京  │ 1   │', '│ plain │     │', '└───────┴─────┘']);
});
