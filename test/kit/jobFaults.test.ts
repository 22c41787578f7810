import { within } from './undercloud';

jest.setTimeout(60_000);

/** Once the file ~/full exists, no file gets another block: only space that was allocated before can be written. */
const fullDisk = `
import errno, os

def _full(*_):
    if os.path.exists(os.path.expanduser("~/full")):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

def _before(call):
    return lambda *arguments, **named: (_full(), call(*arguments, **named))[1]

_open = os.open
def _create(path, flags, *more, **named):
    if flags & os.O_CREAT and not os.path.exists(path):
        _full()
    return _open(path, flags, *more, **named)

os.open = _create
os.posix_fallocate = _before(os.posix_fallocate)
os.pwrite = _before(os.pwrite)
`;

describe('a full disk', () => {
  test.concurrent(
    'does not lose the outcome of a run that has succeeded: the job is not run a second time',
    within(async (here) => {
      here.inject(fullDisk);
      here.behave('echo made >made; touch ~/full');
      const document = here.job('dcn0/step', { commands: ['openstack one'], results: ['made'] });
      const first = await here.run(document);
      expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('"made"') as string });
      expect(here.record('dcn0/step')).toMatchObject({ state: 'succeeded', exit: 0 });
      expect(here.record('dcn0/step', 1)).toEqual(here.record('dcn0/step'));
      expect(await here.run(document)).toMatchObject({ code: 0, stdout: first.stdout });
      expect(here.calls()).toHaveLength(1);
    }),
  );

  test.concurrent(
    'is named with its remedy, before a run starts',
    within(async (here) => {
      here.inject(fullDisk);
      here.write('full', '');
      const { code, stderr } = await here.run(here.job('dcn0/step', { commands: ['openstack one'] }));
      expect(code).toBe(1);
      expect(stderr).toContain(
        'No space left on device; free space on the disks of the undercloud (`df -h`)',
      );
      expect(here.calls()).toEqual([]);
    }),
  );
});
