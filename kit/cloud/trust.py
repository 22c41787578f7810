"""The CAs that clients on the undercloud trust for the control plane's end points."""

import os
import ssl

import stacks
from errors import KitError


def context(lab, rc):
    """
    The context of TLS for clients of the control plane: an ssl.SSLContext that trusts OS_CACERT of the rc
    file, which an operator writes; without it the lab's CA, or the system's, and until overcloud-config has
    succeeded with that CA, also the one before it, which signed the certificate of the end points.

    Args:
        rc: variables of the rc file.

    Raises:
        KitError: a file has no CA.
    """
    own = rc.get("OS_CACERT")
    if own:
        return _trusting("OS_CACERT names", os.path.expanduser(own))
    found = _trusting("the lab's CA is", stacks.public_ca(lab))
    former = stacks.served_ca(lab)
    if former:
        found.load_verify_locations(former)
    return found


def _trusting(named, path):
    """A context that trusts the CAs in a file; None: those of the system."""
    try:
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        # Without a path: OpenSSL reads the file.
        raise KitError(f"{named} {path}, which is no file with a CA: {error.strerror or error}") from None
