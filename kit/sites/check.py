"""
Checks whether the undercloud has a site's ctlplane subnet, what exists of its networks, the environment files
of its operator and the key of its public end points, and nothing else in the place of the site.
"""

import ipaddress
import os

import documents
from cloud import publictls
from errors import refuse
from jobs import adoption
from jobs.record import Job, job_names
from lab import CONTROL, home
from parallel import each
from sites import existing
from sites.neutron import CTLPLANE, ask

_CIDR = r"[0-9.]+/[0-9]+"
_SUBNET = r"[A-Za-z0-9_-]+"
_PATH = r"/\S+"


def check(lab, text):
    """
    Checks the undercloud before anything of a site is made, and later against what the site has made.

    Args:
        text: the site's document, as YAML.

    Returns:
        {site}.

    Raises:
        Refused: one line for each fault.
        KitError: the undercloud's Neutron does not answer.
    """
    document = read_document(text)
    lists = [("network", "list"), ("subnet", "list", "--long")]
    networks, subnets = each(lists, lambda words: ask(*words), len(lists))
    there = {
        name: [subnet for subnet in subnets if subnet["Network"] in ids]
        for name, ids in _by_name(networks).items()
    }
    refuse(
        [
            *(fault for subnet in document["subnets"] for fault in _faults(document, subnet, there)),
            *_twice(document, networks),
            *existing.faults(document["existing"], networks, subnets),
            *_subnets_of_others(lab, document, there),
            *_stack_faults(lab, document),
            *_environment_faults(document),
            *publictls.faults(document["publicTls"]),
        ]
    )
    return {"site": document["site"]}


def read_document(text):
    """
    Reads the document of `site check` from YAML.

    Returns:
        {site, stack, subnets: [{key, network, name, cidr, gateway, rack}], environments, existing,
        publicTls}. key: of the network in the lab file; gateway: '' except on ctlplane; rack: '' for the
        site's own subnets; environments: the operator's environment files; existing: as existing.read gives
        it; publicTls: as publictls.read gives it.

    Raises:
        Refused: one line for each fault of the document.
    """
    reader = documents.Reader("site document", documents.parse("site document", text))
    document = {
        "site": reader.text("site", documents.NAME),
        "stack": reader.text("stack", documents.NAME),
        "subnets": [
            {
                "key": subnet.text("network", documents.NAME),
                "network": subnet.text("networkName", documents.NAME, subnet.text("network")),
                "name": subnet.text("name", _SUBNET),
                "cidr": subnet.text("cidr", _CIDR),
                "gateway": subnet.text("gateway", documents.ADDRESS, ""),
                "rack": subnet.text("rack", documents.NAME, ""),
            }
            for subnet in reader.items("subnets", "site document: subnet", "a subnet")
        ],
        "environments": reader.texts("environments", _PATH, []),
        "existing": existing.read(reader),
        "publicTls": publictls.read(reader),
    }
    reader.finish()
    return document


def _by_name(networks):
    ids = {}
    for network in networks:
        ids.setdefault(network["Name"], []).append(network["ID"])
    return ids


def _faults(document, wanted, there):
    """The faults of one subnet."""
    key = existing.place(document["site"], wanted["rack"], wanted["key"])
    found = there.get(wanted["network"], [])
    if wanted["network"] == CTLPLANE:
        return _ctlplane_faults(key, wanted, found)
    return [
        _clash(key, wanted, other)
        for other in found
        if (other["Name"], other["Subnet"]) != (wanted["name"], wanted["cidr"])
        and (other["Name"] == wanted["name"] or _overlap(other["Subnet"], wanted["cidr"]))
        # A subnet that exists is compared with all its values.
        and (other["Name"] != wanted["name"] or _existing(document, wanted) != "subnets")
    ]


def _existing(document, subnet):
    """What of a subnet's network exists: 'network', 'subnets', or '' if the lab makes both."""
    networks = document["existing"]["networks"]
    return next((one["existing"] for one in networks if one["name"] == subnet["network"]), "")


def _subnets_of_others(lab, document, there):
    """Subnets that nothing of the lab has made, in networks in which the lab makes its own."""
    site = document["site"]
    # The control plane's subnets are in the network data of all sites.
    if _on_record(lab, "*" if site == CONTROL else site):
        return []
    return [
        f"{existing.place(site, subnet['rack'], subnet['key'])}.subnet: {subnet['name']}: network "
        f"{subnet['network']} of the undercloud's Neutron has this subnet already, and the lab would remove "
        "the subnet with the site: write another name here, or existing: subnets at "
        f"glance-dcn:networks.{subnet['key']}, if all the lab's subnets of the network are there"
        for subnet in document["subnets"]
        if _existing(document, subnet) == "network"
        and any(
            (found["Name"], found["Subnet"]) == (subnet["name"], subnet["cidr"])
            for found in there.get(subnet["network"], [])
        )
    ]


def _ctlplane_faults(key, wanted, found):
    """`openstack undercloud install` makes a subnet of each section in undercloud.conf, with its name."""
    name = wanted["name"]
    own = next((subnet for subnet in found if subnet["Name"] == name), None)
    if own is None:
        names = ", ".join(f"{subnet['Name']} ({subnet['Subnet']})" for subnet in found) or "none"
        return [
            f"{key}.subnet: {name}: the undercloud's Neutron has no ctlplane subnet of this name (it has "
            f"{names}): write the name of the site's section in undercloud.conf here, or write a section "
            f"[{name}] there with cidr = {wanted['cidr']} and gateway = {wanted['gateway']}, and run "
            "`openstack undercloud install`"
        ]
    values = (
        ("cidr", wanted["cidr"], own["Subnet"]),
        ("gateway", wanted["gateway"], own["Gateway"] or "none"),
    )
    return [
        f"{key}.{value}: {wish}: subnet {name} of the undercloud's Neutron has {fact}: write {fact} here, or "
        f"{value} = {wish} in section [{name}] of undercloud.conf, and run `openstack undercloud install`"
        for value, wish, fact in values
        if wish != fact
    ]


def _clash(key, wanted, other):
    if other["Name"] == wanted["name"]:
        return (
            f"{key}.cidr: {wanted['cidr']}: the undercloud's Neutron has a subnet {wanted['name']} with "
            f"{other['Subnet']} already, and TripleO cannot change the addresses of a subnet: write "
            f"{other['Subnet']} here, write another name at {key}.subnet, or delete the subnet, if nothing "
            f"uses it: `openstack subnet delete {wanted['name']}`"
        )
    return (
        f"{key}.cidr: {wanted['cidr']}: overlaps subnet {other['Name']} ({other['Subnet']}), which network "
        f"{wanted['network']} of the undercloud's Neutron has already: write other addresses here, write "
        f"{other['Name']} at {key}.subnet, or delete the subnet, if nothing uses it: `openstack subnet "
        f"delete {other['Name']}`"
    )


def _overlap(one, other):
    first, second = ipaddress.ip_network(one), ipaddress.ip_network(other)
    return first.version == second.version and first.overlaps(second)


def _twice(document, networks):
    """Names of networks that Neutron has twice: `network provision` finds networks by their names."""
    ids = _by_name(networks)
    return [
        f"glance-dcn:networks.{key}: {name}: the undercloud's Neutron has {len(ids[name])} networks of this "
        f"name ({', '.join(ids[name])}), and TripleO finds a network by its name: delete those that nothing "
        "uses: `openstack network delete ID`"
        for name, key in sorted({(subnet["network"], subnet["key"]) for subnet in document["subnets"]})
        if len(ids.get(name, [])) > 1
    ]


def _stack_faults(lab, document):
    """The site's stack, if something else has deployed an overcloud of its name."""
    site, stack = document["site"], document["stack"]
    path = home("overcloud-deploy", stack, f"{stack}-deployment_status.yaml")
    if _on_record(lab, site) or not os.path.exists(path):
        return []
    return [
        f"glance-dcn:sites.{site}.stack: {stack}: the undercloud has an overcloud of this name ({path}), "
        "which this lab has not deployed: adopt the whole DCN that it belongs to (`./dcn import --adopt`), "
        f"write another name here, or delete it, if nothing uses it: `openstack overcloud delete {stack}`"
    ]


def _environment_faults(document):
    """The operator's environment files that `overcloud deploy` would not find."""
    return [
        f"glance-dcn:sites.{document['site']}.environments[{at}]: {path}: is not a file on the undercloud "
        "that its user can read: put the file there, or take the path out"
        for at, path in enumerate(document["environments"])
        if not (os.path.isfile(path) and os.access(path, os.R_OK))
    ]


def _on_record(lab, site):
    """
    Whether a job of a site, or with '*' of any, has run and is not undone, or the site is being adopted.
    """
    return adoption.covers(lab, CONTROL if site == "*" else site) or any(
        Job(lab, name).record()["state"] != "gone" for name in job_names(lab, site)
    )
