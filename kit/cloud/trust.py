"""The CAs that clients on the undercloud trust for the control plane's end points."""

import os
import ssl
import urllib.parse

import publicca
from cloud import certificates
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
    former = publicca.served(lab)
    return _trusting("the lab's CA is", publicca.of_lab(lab), *([former] if former else []))


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


def fault(lab, rc, rc_path, error, place):
    """
    Why a client of the control plane refuses the certificate of a service, and what to do.

    Args:
        rc, rc_path: variables of the rc file, and its path.
        error: ssl.SSLCertVerificationError of the client.
        place: host and port of the service, as in a URL.
    """
    host = urllib.parse.urlsplit(f"//{place}").hostname
    reason = f"the certificate of {place} {certificates.reason_of(error, host)}: {error}"
    return f"{reason}; {_remedy(rc.get('OS_CACERT'), publicca.has_public_tls(lab), rc_path, error)}"


def _remedy(own, of_lab, rc_path, error):
    if not certificates.is_untrusted(error):
        return certificates.RENEWAL if of_lab else "renew it, or correct the name of the end point"
    if own:
        return (
            f"OS_CACERT in {rc_path} names {own}: put the CA there that signed the certificate for this "
            "name or address"
        )
    if of_lab:
        return "write the file of the CA that signed it as glance-dcn:tls.public.ca, and run `up`"
    return (
        "if the CA is not a public one, copy its file into /etc/pki/ca-trust/source/anchors on the "
        f"undercloud and run sudo update-ca-trust, or export OS_CACERT=FILE in {rc_path} (TripleO's next "
        "deployment writes that file again)"
    )
