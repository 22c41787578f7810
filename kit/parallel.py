"""Work on several items at a time."""

from concurrent.futures import ThreadPoolExecutor, wait

from errors import KitError

_POLL_SECONDS = 0.1


def each(items, work, at_once, meanwhile=None, cancelled=None):
    """
    Does `work` on several items side by side. When the caller is interrupted, items that have not started are
    left out, and items under way are finished.

    Args:
        items: a list; `work` gets each of its items.
        at_once: how many items to work on at a time.
        meanwhile: called again and again in the caller's thread until all work is done.
        cancelled: threading.Event that is set when the work is over or the caller is interrupted; long work
            checks it.

    Returns:
        The results, in the order of the items.

    Raises:
        KitError: work on some items raised KitError; has all messages. All items were tried.
    """
    faults = []
    results = []
    pool = ThreadPoolExecutor(max(1, at_once))
    try:
        futures = [pool.submit(work, item) for item in items]
        done = meanwhile is None
        while not done:
            done = not wait(futures, timeout=_POLL_SECONDS).not_done
            meanwhile()
        for future in futures:
            try:
                results.append(future.result())
            except KitError as error:
                faults.append(str(error))
    finally:
        if cancelled:
            cancelled.set()
        pool.shutdown(cancel_futures=True)
    if faults:
        raise KitError("\n".join(faults))
    return results
