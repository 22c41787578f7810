"""
The cinder-volumes of hosts that leave a site. Volumes of an active/active cluster belong to the cluster: each
of its cinder-volumes serves them (cinder objects/volume.py service_topic_queue). Others belong to their host.
"""

from cloud import services
from cloud.keystone import Keystone
from hosts import inventory
from output import say

_LEAVES = "glance-dcn: the node leaves its site"


def faults(lab, site, hosts):
    """
    Why the cinder-volumes of hosts cannot leave, each as a text with the way out; [] if they can.

    Args:
        hosts: as from `inventory.hosts`.
    """
    keystone = Keystone(lab)
    every = _services(keystone)
    leaving = _on(every, hosts)
    found = []
    for cluster in sorted({service["cluster"] for service in leaving if service.get("cluster")}):
        others = [one for one in every if one.get("cluster") == cluster and one not in leaving]
        if not any(one["state"] == "up" and one["status"] == "enabled" for one in others):
            found.append(
                f"site {site}: no other cinder-volume of Cinder's cluster {cluster} is up and enabled: get "
                "one to run first, or bring the site up with another node with cinder-volume"
            )
    mine = {service["host"] for service in leaving}
    for volume in services.block_volumes(keystone) if mine else []:
        host = volume.get("os-vol-host-attr:host") or ""
        if host.partition("#")[0] in mine and not volume.get("cluster_name"):
            found.append(
                f"site {site}: volume {volume['name'] or '-'} ({volume['id']}) belongs to {host} and to no "
                "cluster: migrate it (`openstack volume migrate`), or give it another host (`cinder-manage "
                f"volume update_host --currenthost {host} --newhost OTHER`)"
            )
    return found


def close(lab, site, hosts):
    """
    Disables the cinder-volumes of hosts: they get no new volumes.

    Args:
        hosts: as from `inventory.hosts`.
    """
    keystone = Keystone(lab)
    for service in _on(_services(keystone), hosts):
        if service["status"] == "enabled":
            change = {"binary": service["binary"], "host": service["host"], "disabled_reason": _LEAVES}
            keystone.call(
                "volumev3", "PUT", "/os-services/disable-log-reason", change, headers=services.VOLUME
            )
            say(f"site {site}: {service['host']} gets no more volumes (disabled in Cinder)")


def _services(keystone):
    if not keystone.offers("volumev3"):
        return []
    return [service for service in services.volumes(keystone) if service["binary"] == "cinder-volume"]


def _on(found, hosts):
    names = {host["name"] for host in hosts}
    return [service for service in found if inventory.is_on(names, service["host"])]
