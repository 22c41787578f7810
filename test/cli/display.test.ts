import { showWork } from '../../cli/run/display';

test('the lines of all works are shown, and the first error is thrown after all works have ended', async () => {
  const writes = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation(() => true),
  );
  const ended: string[] = [];
  const shown = showWork([
    {
      title: 'one',
      run: async ({ event }) => {
        event('before the display has started');
        await new Promise((resolve) => setTimeout(resolve, 100));
        event('later');
        ended.push('one');
      },
    },
    {
      title: 'two',
      run: async () => {
        throw new Error('no space\nmore');
      },
    },
  ]);
  await expect(shown).rejects.toThrow('no space\nmore');
  const text = writes.flatMap(({ mock }) => mock.calls.map(([chunk]) => String(chunk))).join('');
  writes.forEach((write) => write.mockRestore());
  expect(ended).toEqual(['one']);
  for (const line of ['one: before the display has started', 'one: later', 'two [FAILED: no space]']) {
    expect(text).toContain(line);
  }
});
