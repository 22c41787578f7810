"""The errors that end a verb of the kit."""

import errno


class KitError(Exception):
    """Work failed; the kit exits with 1. The message names the place, the value and the remedy."""

    exit_code = 1


class Refused(KitError):
    """
    The kit cannot do what was asked, and has changed nothing; it exits with 2. The message has a line for
    each fault.
    """

    exit_code = 2

    def __init__(self, faults):
        super().__init__(faults if isinstance(faults, str) else "\n".join(faults))


def system_fault(error):
    """The message for an OSError, for instance a full disk or a file of another user."""
    text = f"{error.filename or 'undercloud'}: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        text += "; free space on the disks of the undercloud (`df -h`), then run it again"
    return text


def refuse(faults):
    """Raises Refused if there is any fault."""
    found = list(faults)
    if found:
        raise Refused(found)
