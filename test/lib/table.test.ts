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
