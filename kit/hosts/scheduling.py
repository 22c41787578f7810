"""Closes a site for new servers, and opens it again: disables the nova-computes on its hosts."""

import contextlib

from cloud import services
from cloud.keystone import CloudError, Keystone
from hosts import inventory
from output import say

_REASON = "glance-dcn: the site's image store is being withdrawn"
"""Only nova-computes that are disabled for this reason are enabled again."""
_LEAVES = "glance-dcn: the node leaves its site"


@contextlib.contextmanager
def closed(lab, site):
    """
    A context in which no new server starts at a site. If the context ends with an error, the site is opened
    again. Without Nova, or if Nova refuses, the context says why new servers may start.
    """
    _close(lab, site)
    try:
        yield
    except BaseException:
        open_again(lab, site)
        raise


def _close(lab, site):
    try:
        keystone = Keystone(lab)
        found = computes(keystone, inventory.hosts(lab, site))
        if not found:
            say(f"site {site}: may get new servers meanwhile: Nova has no nova-compute on its hosts")
        for service in found:
            if service["status"] == "enabled":
                _set(keystone, service, {"status": "disabled", "disabled_reason": _REASON})
                say(f"site {site}: gets no new servers at {service['host']} (disabled in Nova)")
    except CloudError as error:
        say(f"site {site}: may get new servers meanwhile: {error}")


def open_again(lab, site):
    """Enables the nova-computes of a site that `closed` has disabled."""
    try:
        keystone = Keystone(lab)
        for service in computes(keystone, inventory.hosts(lab, site)):
            if service["status"] == "disabled" and service.get("disabled_reason") == _REASON:
                _set(keystone, service, {"status": "enabled"})
                say(f"site {site}: gets new servers at {service['host']} again")
    except CloudError as error:
        say(
            f"site {site}: its nova-computes were not enabled again: {error}; run `openstack compute service "
            "set --enable HOST nova-compute` for each of its hosts"
        )


def close_for_good(lab, site, hosts):
    """
    Closes hosts that are to leave a site for new servers.

    Args:
        hosts: as from `inventory.hosts`.

    Raises:
        CloudError: Nova refused.
    """
    keystone = Keystone(lab)
    for service in computes(keystone, hosts):
        if service["status"] == "enabled":
            _set(keystone, service, {"status": "disabled", "disabled_reason": _LEAVES})
            say(f"site {site}: {service['host']} gets no more servers (disabled in Nova)")


def computes(keystone, hosts):
    """
    The nova-computes on hosts, as from `services.computes`; none where the catalog has no Nova.

    Args:
        hosts: as from `inventory.hosts`.
    """
    names = {host["name"] for host in hosts}
    if not names or not keystone.offers("compute"):
        return []
    return [service for service in services.computes(keystone) if inventory.is_on(names, service["host"])]


def _set(keystone, service, change):
    keystone.call("compute", "PUT", f"/os-services/{service['id']}", change, services.COMPUTE)
