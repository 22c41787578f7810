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
    former = stacks.served_ca(lab)
    return _trusting("the lab's CA is", stacks.public_ca(lab), *([former] if former else []))


def _trusting(named, path, *more):
    """A context that trusts the CAs in files; the first None, another one empty: those of the system."""
    try:
        found = ssl.create_default_context(cafile=path)
        for path in more:
            if os.path.getsize(path):
                found.load_verify_locations(path)
            else:
                found.load_default_certs()
        return found
    except OSError as error:
        # Without a path: OpenSSL reads the file.
        raise KitError(f"{named} {path}, which is no file with a CA: {error.strerror or error}") from None
