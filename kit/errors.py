"""The errors that end a verb of the kit."""


class KitError(Exception):
    """Work failed. The message names place, value and remedy; the kit exits with 1."""

    exit_code = 1


class Refused(KitError):
    """
    Asked for something that cannot be: nothing was touched. One line for each fault; the kit exits with 2.
    """

    exit_code = 2

    def __init__(self, faults):
        super().__init__(faults if isinstance(faults, str) else "\n".join(faults))


def refuse(faults):
    """Throws Refused if there is any fault, one line for each."""
    found = list(faults)
    if found:
        raise Refused(found)
