import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { withLock } from '../../lib/lock';
import { projectRoot } from '../../lib/paths';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-lock-'));
const file = path.join(folder, 'locks', 'one');
const silent = (): void => undefined;

afterAll(() => fs.rmSync(folder, { recursive: true }));

test('an exclusive lock has one holder at a time, and reports each wait once', async () => {
  const events: string[] = [];
  const wait = jest.fn();
  const enter = (name: string): Promise<void> =>
    withLock(file, wait, async () => {
      events.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      events.push(`${name} out`);
    });
  await Promise.all([enter('a'), enter('b'), enter('c')]);
  for (const at of [0, 2, 4]) {
    expect(events[at]?.split(' ')[0]).toBe(events[at + 1]?.split(' ')[0]);
  }
  expect(wait).toHaveBeenCalledTimes(2);
});

test('shared locks admit one another and keep out exclusive ones', async () => {
  const events: string[] = [];
  let exclusive: Promise<number> | undefined;
  await withLock(
    file,
    silent,
    async () => {
      await withLock(file, silent, () => Promise.resolve(events.push('shared')), 'shared');
      await new Promise<void>((waits) => {
        exclusive = withLock(file, waits, () => Promise.resolve(events.push('exclusive')));
      });
      events.push('still shared');
    },
    'shared',
  );
  await exclusive;
  expect(events).toEqual(['shared', 'still shared', 'exclusive']);
});

test('a shared lock needs an existing file', async () => {
  const missing = path.join(folder, 'missing');
  await expect(withLock(missing, silent, () => Promise.resolve(), 'shared')).rejects.toMatchObject({
    code: 'ENOENT',
  });
  expect(fs.existsSync(missing)).toBe(false);
});

test('if the file of a lock was removed meanwhile, the lock is taken on a new file', async () => {
  let second: Promise<boolean> | undefined;
  await withLock(file, silent, async () => {
    await new Promise<void>((waits) => {
      second = withLock(file, waits, () => Promise.resolve(fs.existsSync(file)));
    });
    fs.rmSync(path.dirname(file), { recursive: true });
  });
  expect(await second).toBe(true);
});

test('a process waits for the lock of another process, which a kill releases', async () => {
  const lock = path.join(folder, 'lock');
  const script = `import { withLock } from '${projectRoot}/lib/lock';
    void withLock('${lock}', () => undefined, () => new Promise(() => { console.log('held'); setInterval(() => undefined, 1000); }));`;
  fs.writeFileSync(path.join(folder, 'holder.ts'), script);
  const holder = execa(process.execPath, ['--import', 'tsx', path.join(folder, 'holder.ts')], {
    cwd: projectRoot,
    reject: false,
  });
  await new Promise((resolve) => holder.stdout?.once('data', resolve));
  const waiting = jest.fn();
  const second = withLock(lock, waiting, () => Promise.resolve('mine'));
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(waiting).toHaveBeenCalledTimes(1);
  holder.kill('SIGKILL');
  expect(await second).toBe('mine');
  await holder;
});
