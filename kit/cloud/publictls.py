"""TLS of the public end points: the certificate before it is used, its key, and what the end points serve."""

import contextlib
import ipaddress
import socket
import ssl
import urllib.parse

import yaml

import documents
from cloud import certificates, trust
from cloud.keystone import CloudError, Keystone, read_rc
from errors import KitError, Refused
from files import write_private
from output import say
from parallel import each

_PLACE = "glance-dcn:tls.public"
_PATH = r"/\S+"
_HOST = r"[A-Za-z0-9.:-]+"
_AT_ONCE = 8


def read(document):
    """
    Reads the part `publicTls` of the document of `site check`.

    Args:
        document: the documents.Reader of the whole.

    Returns:
        {certificate, ca, key, name, address}; None: the document has no such part. certificate, ca: PEM
        texts, ca '' for what the system trusts; key: path of a file; name: '' if the end points have none;
        address: the virtual address of the end points.
    """
    if not document.has("publicTls"):
        return None
    part = document.part("publicTls", "TLS of the public end points")
    return {
        "certificate": part.text("certificate"),
        "ca": part.text("ca", None, ""),
        "key": part.text("key", _PATH),
        "name": part.text("name", _HOST, ""),
        "address": part.text("address", documents.ADDRESS),
    }


def faults(wanted):
    """
    Why clients on the undercloud would not accept the public end points: key, dates, names and CA of the
    certificate, and where the name leads. Says if the certificate expires soon.

    Args:
        wanted: as from `read`.
    """
    if wanted is None:
        return []
    host = wanted["name"] or wanted["address"]
    found = _faults_of_name(wanted)
    try:
        end = certificates.rehearse(wanted["certificate"], wanted["key"], wanted["ca"], host)
    except KitError as error:
        return [*found, f"{_PLACE}.key: {wanted['key']}: {error}"]
    except ssl.SSLError as error:
        remedy = "name another one" if wanted["ca"] else "name another one, or its root as ca"
        reason = certificates.reason_of(error, host)
        return [*found, f"{_PLACE}.certificate: the certificate {reason} ({error}): {remedy}"]
    days = certificates.days_until(end)
    if days < certificates.SOON_DAYS:
        say(f"{_PLACE}.certificate: expires in {days} days: {certificates.RENEWAL}")
    return found


def _faults_of_name(wanted):
    name, address = wanted["name"], wanted["address"]
    if not name:
        return []
    try:
        found = sorted({entry[4][0] for entry in socket.getaddrinfo(name, None)})
    except OSError:
        found = []
    if address in found:
        return []
    return [
        f"{_PLACE}.name: {name}: leads to {', '.join(found) or 'nothing'} on the undercloud, not to the "
        f"virtual address {address}: correct the DNS, or write `{address} {name}` into its /etc/hosts"
    ]


def give_key(certificate, key, output):
    """
    Writes the private key of the public end points into an environment file of mode 0600.

    Args:
        certificate, key: paths of PEM files.
        output: path of the environment file.

    Raises:
        Refused: the key cannot be used with the certificate.
    """
    with open(certificate, encoding="ascii") as file:
        fault = certificates.fault_of_key(file.read(), key)
    if fault:
        raise Refused(f"{_PLACE}.key: {key}: {fault}")
    parameters = {"SSLKey": certificates.key_in(key)}
    write_private(output, yaml.safe_dump({"parameter_defaults": parameters}))


def listing(lab, timeout):
    """
    The certificates of the public end points, by host and port: [{endpoint, services, notAfter, days,
    fault}], the last three as `certificates.served` gives them. Empty if the end points are plain http, or
    the control plane has none yet.
    """
    keystone = Keystone(lab, timeout=timeout, patience=0)
    try:
        urls = [("identity", read_rc(keystone.rc)["OS_AUTH_URL"])]
    except CloudError:
        return []
    if not urls[0][1].startswith("https://"):
        return []
    # If its certificate is the reason why Keystone gives no catalog, the certificate says so.
    with contextlib.suppress(CloudError):
        urls += keystone.public_endpoints()
    services = {}
    for service, url in urls:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme == "https":
            services.setdefault((parts.hostname, parts.port or 443), set()).add(service)
    try:
        context = trust.context(lab, read_rc(keystone.rc))
    except KitError as error:
        fault = certificates.faulty(f"is not known: {error}")
        return _listed(services, lambda _: fault)
    return _listed(services, lambda place: certificates.served(*place, context, timeout))


def _listed(services, state):
    return each(
        sorted(services),
        lambda place: {
            "endpoint": _shown(*place),
            "services": sorted(services[place]),
            **state(place),
        },
        _AT_ONCE,
    )


def _shown(host, port):
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        version = 4
    return f"[{host}]:{port}" if version == 6 else f"{host}:{port}"


def lines(entries):
    """`listing` for people: a line for each group of end points with the same certificate or fault."""
    groups = {}
    for entry in entries:
        groups.setdefault((entry["notAfter"], entry["days"], entry["fault"]), []).append(entry["endpoint"])
    for (end, days, fault), places in groups.items():
        state = fault
        if fault is None:
            state = f"until {end[:10]} ({days} days)"
            if days < certificates.SOON_DAYS:
                state += f": {certificates.RENEWAL}"
        yield f"certificate of {', '.join(places)}: {state}"
