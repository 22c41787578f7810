"""
Compares the networks and subnets that exist before a lab, and stay after it, with the lab file. `openstack
overcloud network provision` gives them the values of the lab file (tripleo-ansible
tripleo_composable_network.py): where nothing differs, it changes nothing.
"""

import documents
from parallel import each
from sites.neutron import CTLPLANE, ask

_AT_ONCE = 4
_ADDRESSES = r"[0-9./]+"
_NUMBER = r"[0-9]+"
_WORD = r"[A-Za-z0-9_.-]+"
_VLAN_TAG = "tripleo_vlan_id"
_NO_VLAN = "1"
"""What TripleO takes for a subnet without a VLAN (DEFAULT_VLAN_ID)."""


def read(document):
    """
    Reads the part `existing` of the document of `site check`.

    Args:
        document: the documents.Reader of the whole.

    Returns:
        {networks: [{place, name, existing, tripleo, mtu, domain, tags}],
        subnets: [{place, key, network, name, cidr, gateway, vlan, pools, routes}]}.
        place: in the lab file; key, network: the network's names in the lab file and in Neutron; domain: ''
        for TripleO's default; gateway: 'none' without one; vlan: '' without one; pools, routes: pairs of
        addresses.
    """
    if not document.has("existing"):
        return {"networks": [], "subnets": []}
    part = document.part("existing", "what exists")
    return {
        "networks": [_read_network(network) for network in part.items("networks", "network", "a network")],
        "subnets": [_read_subnet(subnet) for subnet in part.items("subnets", "subnet", "a subnet")],
    }


def _read_network(network):
    return {
        "place": f"glance-dcn:networks.{network.text('network', documents.NAME)}",
        "name": network.text("name", documents.NAME),
        "existing": network.text("existing", "network|subnets"),
        "tripleo": network.text("tripleoName", _WORD),
        "mtu": network.text("mtu", _NUMBER),
        "domain": network.text("dnsDomain", _WORD, ""),
        "tags": network.texts("tags", r"[a-z_]+=[A-Za-z0-9_]+"),
    }


def _read_subnet(subnet):
    site, rack = subnet.text("site", documents.NAME), subnet.text("rack", documents.NAME, "")
    key = subnet.text("network", documents.NAME)
    return {
        "place": place(site, rack, key),
        "key": key,
        "network": subnet.text("networkName", documents.NAME, key),
        "name": subnet.text("name", _WORD),
        "cidr": subnet.text("cidr", _ADDRESSES),
        "gateway": subnet.text("gateway", _ADDRESSES, "none"),
        "vlan": subnet.text("vlan", _NUMBER, ""),
        "pools": _read_pairs(subnet, "pools", "start", "end"),
        "routes": _read_pairs(subnet, "routes", "destination", "nexthop"),
    }


def _read_pairs(subnet, key, one, other):
    items = subnet.items(key, f"subnet: {key}", key)
    return [(item.text(one, _ADDRESSES), item.text(other, _ADDRESSES)) for item in items]


def place(site, rack, network):
    """Place in the lab file of the values of a subnet; rack: '' for the site's own."""
    return f"glance-dcn:sites.{site}{f'.racks.{rack}' if rack else ''}.networks.{network}"


def faults(existing, networks, subnets):
    """
    The differences between Neutron and the lab file.

    Args:
        existing: what `read` gives.
        networks: Neutron's list of networks.
        subnets: Neutron's list of subnets.

    Returns:
        A line for each.

    Raises:
        KitError: the undercloud's Neutron does not answer.
    """
    if not existing["networks"]:
        return []
    ids = {network["Name"]: network["ID"] for network in networks}
    subnets_of = {name: {s["Name"]: s["ID"] for s in subnets if s["Network"] == ids[name]} for name in ids}
    lists = [("network", "segment", "list", "--long"), ("network", "show", CTLPLANE)]
    segments, ctlplane = each(lists, lambda words: ask(*words), _AT_ONCE)

    def of_network(wanted):
        name = wanted["name"]
        if name not in ids:
            return [_missing_network(wanted)]
        there = ask("network", "show", ids[name])
        own = [segment for segment in segments if segment["Network"] == ids[name]]
        # Neutron's SubnetsNotAllAssociatedWithSegments: all subnets of a network have a segment, or none has.
        one = next(iter(subnets_of[name].values()), None)
        outside = one is not None and ask("subnet", "show", one)["segment_id"] is None
        return [*_network_changes(wanted, there, ctlplane), *_network_refusals(wanted, there, own, outside)]

    def of_subnet(wanted):
        network, name = wanted["network"], wanted["name"]
        if network not in ids:
            return []  # That the network is missing is a fault of its own.
        if name not in subnets_of[network]:
            return [_missing_subnet(wanted, subnets_of[network])]
        there = ask("subnet", "show", subnets_of[network][name])
        return [*_subnet_changes(wanted, there), *_segment_refusals(wanted, there, segments)]

    work = [(of_network, network) for network in existing["networks"]]
    work += [(of_subnet, subnet) for subnet in existing["subnets"]]
    return [fault for found in each(work, lambda item: item[0](item[1]), _AT_ONCE) for fault in found]


def _missing_network(wanted):
    return (
        f"{_existing(wanted)}: the undercloud's Neutron has no network {wanted['name']}: write the network's "
        f"name at {wanted['place']}.name, or take existing out, then the lab makes the network"
    )


def _missing_subnet(wanted, there):
    return (
        f"{wanted['place']}.subnet: {wanted['name']}: network {wanted['network']} of the undercloud's "
        f"Neutron has no subnet of this name (it has {', '.join(sorted(there)) or 'none'}): write its name "
        f"here, or existing: network at glance-dcn:networks.{wanted['key']}, then the lab makes the subnets"
    )


def _existing(wanted):
    return f"{wanted['place']}.existing: {wanted['existing']}"


def _network_changes(wanted, there, ctlplane):
    """What `network provision` would change in a network."""
    place, network = wanted["place"], ("network", wanted["name"])
    # TripleO's get_overcloud_domain_name.
    above = ctlplane["dns_domain"].partition(".")[2] if ctlplane["dns_domain"] else "localdomain."
    domain, mtu = wanted["domain"] or f"{wanted['tripleo'].lower()}.{above}", wanted["mtu"]
    known = (there["dns_domain"] or "").rstrip(".")
    return [
        *_written(network, f"{place}.mtu", mtu, str(there["mtu"]), f"--mtu {mtu}"),
        *_written(network, f"{place}.dnsDomain", domain.rstrip("."), known, f"--dns-domain {domain}"),
        *_unwritten(network, _existing(wanted), there["admin_state_up"], "the admin state up", "--disable"),
        *_unwritten(network, _existing(wanted), there["shared"], "access for all projects", "--no-share"),
        *_tags(network, _existing(wanted), wanted["tags"], there["tags"]),
    ]


def _network_refusals(wanted, there, segments, outside):
    """
    What keeps `network provision` from making subnets in a network, or makes it change a segment.

    Args:
        segments: those of the network.
        outside: whether its subnets have no segment.
    """
    kind = there["provider:network_type"]
    unnamed = next((segment["ID"] for segment in segments if not segment["Name"]), None)
    has = f"{_existing(wanted)}: network {wanted['name']} of the undercloud's Neutron has"
    another = (
        "make it anew by `openstack overcloud network provision`, or write the name of another network at "
        f"{wanted['place']}.name"
    )
    faults = []
    # A network with several segments has no type itself.
    if kind not in (None, "flat"):
        faults.append(f"{has} the type {kind}, and TripleO takes flat alone: {another}")
    if outside:
        faults.append(f"{has} subnets without a segment, and Neutron then takes none with one: {another}")
    elif unnamed:
        faults.append(
            f"{has} segment {unnamed} without a name, which TripleO would name or delete: let its owner run "
            f"`openstack network segment set --name NAME {unnamed}`"
        )
    return faults


def _subnet_changes(wanted, there):
    """What `network provision` would change in a subnet, and its CIDR, which TripleO cannot change."""
    place, subnet = wanted["place"], ("subnet", wanted["name"])
    at = f"glance-dcn:networks.{wanted['key']}.existing: subnets"
    gateway, pools, routes = wanted["gateway"], wanted["pools"], wanted["routes"]
    known_pools = [(pool["start"], pool["end"]) for pool in there["allocation_pools"]]
    known_routes = [(route["destination"], route["nexthop"]) for route in there["host_routes"]]
    set_pools = [f"--allocation-pool start={start},end={end}" for start, end in pools]
    set_routes = [f"--host-route destination={target},gateway={hop}" for target, hop in routes]
    faults = [
        *_written(subnet, f"{place}.gateway", gateway, there["gateway_ip"] or "none", f"--gateway {gateway}"),
        *_written(
            subnet,
            f"{place}.pools",
            _shown(pools, "start", "end"),
            _shown(known_pools, "start", "end"),
            " ".join(["--no-allocation-pool", *set_pools]),
        ),
        *_written(
            subnet,
            f"{place}.routes",
            _shown(routes, "destination", "nexthop"),
            _shown(known_routes, "destination", "nexthop"),
            " ".join(["--no-host-route", *set_routes]),
        ),
        *_unwritten(subnet, at, there["enable_dhcp"], "DHCP", "--no-dhcp"),
        *_vlan(subnet, place, at, wanted["vlan"], there["tags"]),
    ]
    if wanted["cidr"] != there["cidr"]:
        faults.append(
            f"{place}.cidr: {wanted['cidr']}: subnet {wanted['name']} of the undercloud's Neutron has "
            f"{there['cidr']}: write {there['cidr']} here, or the name of another subnet at {place}.subnet"
        )
    return faults


def _vlan(subnet, place, at, vlan, tags):
    """The VLAN of a subnet is its only tag."""
    number = vlan or _NO_VLAN
    key, _, known = tags[0].partition("=") if len(tags) == 1 else ("", "", "")
    if key != _VLAN_TAG:
        return _tags(subnet, at, [f"{_VLAN_TAG}={number}"], tags)
    if known == number:
        return []
    return _written(subnet, f"{place}.vlan", vlan or "none", known, f"--no-tag --tag {_VLAN_TAG}={number}")


def _segment_refusals(wanted, there, segments):
    """`network provision` finds the segment of a subnet by its name, and cannot give a subnet another one."""
    name = f"{wanted['network']}_{wanted['name']}"
    own = next((segment for segment in segments if segment["ID"] == there["segment_id"]), None)
    fit = own and (own["Name"], own["Network Type"], own["Physical Network"]) == (name, "flat", name)
    if own is None or fit:
        return []  # A subnet without a segment is a fault of the network.
    return [
        f"{wanted['place']}.subnet: {wanted['name']}: the subnet's segment in the undercloud's Neutron is "
        f"{own['Name'] or own['ID']} (type {own['Network Type']}, physical network "
        f"{own['Physical Network']}), and TripleO takes {name} (type flat, physical network {name}): make "
        "the subnet anew by `openstack overcloud network provision`, or write the name of another subnet here"
    ]


def _written(subject, place, wish, fact, options):
    """The fault of a value of the lab file that Neutron has otherwise; fact: '' for none."""
    if wish == fact:
        return []
    kind, name = subject
    here = f"write {fact} here, or " if fact else ""
    return [
        f"{place}: {wish}: {kind} {name} of the undercloud's Neutron has {fact or 'none'}, and TripleO would "
        f"change that: {here}let its owner run `openstack {kind} set {options} {name}`"
    ]


def _unwritten(subject, place, is_so, what, options):
    """The fault of a value that TripleO gives to all its networks."""
    if not is_so:
        return []
    kind, name = subject
    return [
        f"{place}: {kind} {name} of the undercloud's Neutron has {what}, and TripleO would change that: let "
        f"its owner run `openstack {kind} set {options} {name}`"
    ]


def _tags(subject, place, wish, fact):
    options = " ".join(["--no-tag", *(f"--tag {tag}" for tag in wish)])
    has = f"the tags {', '.join(sorted(fact))}" if fact else "no tags"
    return _unwritten(subject, place, set(wish) != set(fact), has, options)


def _shown(pairs, one, other):
    """Pairs of addresses as the lab file has them, sorted."""
    texts = [f"{{ {one}: {first}, {other}: {second} }}" for first, second in sorted(pairs)]
    return f"[{', '.join(texts)}]"
