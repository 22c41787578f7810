"""Audits the services on hosts that the control plane's Nova, Neutron and Cinder know."""

from audit.findings import error, on_node, warning
from cloud import services
from cloud.keystone import CloudError, Keystone
from hosts import inventory
from lab import CONTROL


def audit(lab, sites, hosts, client):
    """
    The findings about services of hosts.

    Args:
        sites: the sites that stand, as in the document of the audit.
        hosts: names of the hosts of all sites of the lab.
        client: options of a client of the control plane.
    """

    def of_nova(keystone):
        computes = services.computes(keystone)
        return [
            *compute_findings(sites, computes),
            *foreign_computes(hosts, computes),
            *aggregate_findings(hosts, services.aggregates(keystone)),
        ]

    parts = (
        ("Nova", "compute", of_nova),
        ("Neutron", "network", lambda keystone: agent_findings(sites, services.agents(keystone))),
        ("Cinder", "volumev3", lambda keystone: volume_findings(sites, services.volumes(keystone))),
    )
    try:
        keystone = Keystone(lab, **client)
        offered = [(name, work) for name, kind, work in parts if keystone.offers(kind)]
    except CloudError as fault:
        return [_silent("Keystone", fault)]
    found = []
    for name, work in offered:
        try:
            found += work(keystone)
        except CloudError as fault:
            found.append(_silent(name, fault))
    return found


def _silent(service, fault):
    what = f"{service} does not answer: {fault}"
    return error("services", CONTROL, what, "./dcn log control-plane/overcloud-config")


def compute_findings(sites, computes):
    """
    Args:
        sites: as in `audit`.
        computes: as from cloud.services.computes.
    """
    found = []
    for site in sites:
        name, zone = site["site"], site["zone"]
        for node in (node["name"] for node in site["nodes"] if node["compute"]):
            service = next((one for one in computes if inventory.is_on({node}, one["host"])), None)
            log = f"./dcn log {name}/overcloud-config"
            if service is None:
                what = "Nova has no nova-compute of this host"
                found.append(error("compute-missing", name, what, log, node))
                continue
            if service["state"] != "up":
                what = f"nova-compute is down since {service.get('updated_at') or 'an unknown time'}"
                look = on_node(node, "sudo", "systemctl", "status", "*nova*compute*")
                found.append(error("compute-down", name, what, look, node))
            if service["status"] != "enabled":
                reason = service.get("disabled_reason") or "no reason is given"
                what = f"nova-compute is disabled: {reason}"
                enable = f"openstack compute service set --enable {service['host']} nova-compute"
                found.append(warning("compute-disabled", name, what, enable, node))
            if service["zone"] != zone:
                what = f"the host is in availability zone {service['zone']}, not in {zone}"
                add = f"openstack aggregate add host {zone} {service['host']}"
                found.append(error("zone", name, what, add, node))
    return found


def foreign_computes(hosts, computes):
    """
    Args:
        hosts: as in `audit`.
        computes: as from cloud.services.computes.
    """
    return [
        warning(
            "compute-foreign",
            CONTROL,
            f"Nova has a nova-compute of {service['host']}, which is a host of no site",
            f"openstack compute service delete {service['id']}",
        )
        for service in computes
        if not inventory.is_on(hosts, service["host"])
    ]


def aggregate_findings(hosts, aggregates):
    """
    What is left of zones of sites that went: TripleO makes for each zone an aggregate of its name (THT
    deployment/nova/nova-az-config.yaml).

    Args:
        hosts: as in `audit`.
        aggregates: as from cloud.services.aggregates.
    """
    return [
        warning(
            "zone-foreign",
            CONTROL,
            f"availability zone {aggregate['name']} has no host of the lab",
            f"openstack aggregate delete {aggregate['id']}",
        )
        for aggregate in aggregates
        if aggregate["metadata"].get("availability_zone") == aggregate["name"]
        and not any(inventory.is_on(hosts, host) for host in aggregate["hosts"])
    ]


def agent_findings(sites, agents):
    """
    Args:
        sites: as in `audit`.
        agents: as from cloud.services.agents.
    """
    found = []
    for site in sites:
        for node, is_compute in ((node["name"], node["compute"]) for node in site["nodes"]):
            own = [one for one in agents if inventory.is_on({node}, one["host"])]
            if is_compute and not own:
                what = "Neutron has no agent of this host"
                log = f"./dcn log {site['site']}/overcloud-config"
                found.append(error("agent-missing", site["site"], what, log, node))
            for agent in own:
                binary = agent["binary"]
                if not agent["alive"]:
                    what = f"{binary} has not reported to Neutron for more than its time"
                    look = on_node(node, "sudo", "systemctl", "status", "*ovn*", "*neutron*")
                    found.append(error("agent-down", site["site"], what, look, node))
                if not agent["admin_state_up"]:
                    what = f"{binary} is disabled in Neutron"
                    enable = f"openstack network agent set --enable {agent['id']}"
                    found.append(warning("agent-disabled", site["site"], what, enable, node))
    return found


def volume_findings(sites, volumes):
    """
    Args:
        sites: as in `audit`.
        volumes: as from cloud.services.volumes.
    """
    found = []
    for site in sites:
        name, zone = site["site"], site["zone"]
        own = [one for one in volumes if one["binary"] == "cinder-volume" and one["zone"] == zone]
        if site["volumes"] and not own:
            what = f"Cinder has no cinder-volume in availability zone {zone}"
            found.append(error("volume-missing", name, what, f"./dcn log {name}/overcloud-config"))
        for service in own if site["volumes"] else []:
            label = f"{service['binary']} on {service['host']}"
            words = f"{service['host']} {service['binary']}"
            if service["state"] != "up":
                look = "openstack volume service list"
                found.append(error("volume-down", name, f"{label} is down", look))
            if service["status"] != "enabled":
                enable = f"openstack volume service set --enable {words}"
                found.append(warning("volume-disabled", name, f"{label} is disabled", enable))
    return found
