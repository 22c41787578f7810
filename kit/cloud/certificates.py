"""Certificates of TLS: whether clients accept them, until when, and why not."""

import contextlib
import os
import re
import socket
import ssl
import time

from clock import moment
from errors import KitError

DAYS = 24 * 3600
SOON_DAYS = 30
"""A certificate that expires sooner is worth a warning."""
RENEWAL = "name a new one as glance-dcn:tls.public.certificate, put its key on the undercloud, and run `up`"

_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\x00-\x7f]*?-----END \1-----\r?\n?")

# Codes of OpenSSL for a certificate that it refuses (x509_vfy.h, X509_V_ERR_…).
_EXPIRED, _NOT_YET, _WRONG_NAMES = 10, 9, (62, 64)
_UNTRUSTED = (2, 18, 19, 20, 21)


def reason_of(error, host):
    """
    Why a client refuses a certificate, in words that go after `the certificate`.

    Args:
        error: ssl.SSLCertVerificationError of the client.
        host: name or address that the client asked for.
    """
    code = getattr(error, "verify_code", None)
    if code == _EXPIRED:
        return "has expired, or one between it and its CA has"
    if code == _NOT_YET:
        return "is not valid yet, or the undercloud's clock is slow"
    if code in _WRONG_NAMES:
        return f"is not for {host}"
    if code in _UNTRUSTED:
        return "is not signed by a CA that the undercloud trusts there"
    return "is refused"


def is_untrusted(error):
    """Whether the CA of a certificate is the reason for which a client refuses it, or may be."""
    return getattr(error, "verify_code", None) not in (_EXPIRED, _NOT_YET, *_WRONG_NAMES)


def rehearse(certificate, key, ca, host):
    """
    Shakes hands between a server with a certificate and a client, both in this process: what clients will
    find is found before the server exists.

    Args:
        certificate: PEM text, with the certificates between it and the CA behind it.
        key: path of the PEM file with its private key.
        ca: PEM text of the CAs that the client trusts; '': those that the system trusts.
        host: name or address that the client asks for.

    Returns:
        When the certificate expires, in seconds since 1970.

    Raises:
        KitError: the key cannot be used.
        ssl.SSLError: the client refuses the certificate.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cadata=ca or None).wrap_bio(
        to_client, to_server, server_hostname=host
    )
    server = _server(certificate, key).wrap_bio(to_server, to_client, server_side=True)
    going = [client, server]
    while going:
        going = [end for end in going if _goes_on(end)]
    return _end_of(client)


def fault_of_key(certificate, key):
    """Why a private key cannot be used; None: it can. Args: as in `rehearse`."""
    try:
        _server(certificate, key)
    except KitError as error:
        return str(error)
    return None


def _goes_on(end):
    """Takes an end of a connection one step on in its handshake, and gives whether another step follows."""
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return True
    return False


def _end_of(connection):
    return ssl.cert_time_to_seconds(connection.getpeercert()["notAfter"])


def key_in(path):
    """
    The private key of a PEM file, without what else the file has: haproxy takes all of it.

    Raises:
        KitError: the file cannot be read, others can read it, or it has no private key, or several.
    """
    try:
        mode = os.stat(path).st_mode
        with open(path, "rb") as file:
            found = [match[0] for match in _KEY.finditer(file.read())]
    except PermissionError:
        raise KitError(f"cannot be read by this user: sudo chown $USER {path}") from None
    except OSError as error:
        raise KitError(f"{error.strerror}: put the private key of the certificate there") from None
    if mode & 0o077:
        raise KitError(f"others can read this private key: chmod 600 {path}")
    if len(found) != 1:
        count = f"has {len(found)} private keys" if found else "is not a private key"
        raise KitError(f"{count} in PEM form: put the one of the certificate there")
    return found[0].decode("ascii")


def _server(certificate, key):
    """A server's context. Raises KitError with what is wrong with the key."""
    text = key_in(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with _in_memory(certificate) as certificate_file, _in_memory(text) as key_file:
        try:
            context.load_cert_chain(certificate_file, key_file, password=_no_passphrase)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise KitError("is not the key of the certificate: put the right one there") from None
            if error.reason == "EE_KEY_TOO_SMALL":
                raise KitError(
                    "this key and its certificate are too short for today's clients: make a new pair, RSA of "
                    "2048 bits or more"
                ) from None
            raise KitError(
                f"is not a private key in PEM form for the certificate ({error}): put the right one there"
            ) from None
    return context


@contextlib.contextmanager
def _in_memory(text):
    """Path of a file with a text that no disk gets: OpenSSL reads keys from files alone."""
    descriptor = os.memfd_create("pem")
    try:
        os.write(descriptor, text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _no_passphrase():
    raise KitError("has a passphrase, which nobody can type there: take it off, `openssl pkey -in FILE`")


def served(host, port, context, timeout):
    """
    Asks a server for its certificate, as a client with a context of TLS.

    Returns:
        {notAfter, days, fault}. notAfter: when the certificate expires; days: whole days until then; both
        None if the certificate is refused, or nothing answers. fault: the reason then, else None.
    """
    try:
        with socket.create_connection((host, port), timeout) as plain:
            end = _end_of(context.wrap_socket(plain, server_hostname=host))
    except ssl.SSLCertVerificationError as error:
        return faulty(f"{reason_of(error, host)} ({error})")
    except OSError as error:
        return faulty(f"no answer: {error.strerror or error}")
    return {"notAfter": moment(end), "days": days_until(end), "fault": None}


def faulty(fault):
    """What `served` gives if there is a fault."""
    return {"notAfter": None, "days": None, "fault": fault}


def days_until(seconds):
    """Whole days from now until a time in seconds since 1970."""
    return int((seconds - time.time()) // DAYS)
