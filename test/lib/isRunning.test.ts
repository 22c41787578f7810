import execa from 'execa';
import { isRunning } from '../../lib/isRunning';

test('this process runs, and one that has ended does not', async () => {
  const { stdout } = await execa('sh', ['-c', 'echo $$']);
  expect([isRunning(process.pid), isRunning(Number(stdout))]).toEqual([true, false]);
});

test('a process that this one may not signal runs', () => {
  const refused = Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
  const kill = jest.spyOn(process, 'kill').mockImplementation(() => {
    throw refused;
  });
  expect(isRunning(1)).toBe(true);
  kill.mockRestore();
});
