import { sleep, until, within } from './undercloud';

jest.setTimeout(60_000);

/** A process opens the lock of `site leave`, and waits for the file ~/go before it locks the file. */
const slowLock = `
import fcntl, os, time

_flock = fcntl.flock

def _late(descriptor, how):
    if os.readlink(f"/proc/self/fd/{descriptor}").endswith(".going"):
        open(os.path.expanduser("~/opened"), "w").close()
        while not os.path.exists(os.path.expanduser("~/go")):
            time.sleep(0.01)
    _flock(descriptor, how)

fcntl.flock = _late
`;

test.concurrent(
  'a lock whose file its holder removes has one holder at a time',
  within(async (here) => {
    const marked = 'dcn/dev/stores/announced/dcn0.going';
    const first = here.open(['site', 'leave', 'dcn0']);
    await until(() => here.exists(marked), 'the first holder');
    here.inject(slowLock);
    const second = here.open(['site', 'leave', 'dcn0']);
    await until(() => here.exists('opened'), 'the second to open the file');
    first.endInput();
    expect((await first.ended).code).toBe(0);
    here.write('go', '');
    await sleep(1);
    const third = await here.kit(['site', 'leave', 'dcn0']);
    expect(third.stderr).toMatch(/^site dcn0: is being taken down since 20/);
    expect(third.code).toBe(1);
    second.endInput();
    expect((await second.ended).code).toBe(0);
    expect(here.exists(marked)).toBe(false);
  }),
);
