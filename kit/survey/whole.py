"""A survey of the stacks of an undercloud."""

import glob
import os

import stacks
from cloud import services
from cloud.keystone import IMPATIENT, Keystone
from errors import KitError, Refused
from jobs import adoption
from jobs.record import Job, job_names
from lab import Lab, home
from parallel import each
from sites.neutron import CTLPLANE, ask
from survey import hostkeys
from survey.stack import Stack

_AT_ONCE = 4


def survey(lab, names):
    """
    What the stacks of this undercloud are. Changes nothing.

    Args:
        names: of stacks; []: all in ~/overcloud-deploy.

    Returns:
        {home, stacks, ctlplane, clouds, hostKeys, labs, unseen}.
        home: directory of the undercloud's user. stacks: as Stack.survey gives each. ctlplane: as in
        `_ctlplane`; None: Neutron did not answer. clouds: {stack: as in `_cloud`} of stacks with Keystone
        that answer. hostKeys: as in hostkeys.of_addresses. labs: as in `_labs`. unseen:
        [{what, why}], what could not be read.

    Raises:
        Refused: there are no stacks, or not those.
    """
    top = home("overcloud-deploy")
    there = sorted(os.listdir(top)) if os.path.isdir(top) else []
    there = [name for name in there if os.path.isdir(os.path.join(top, name))]
    missing = [name for name in names if name not in there]
    if missing or not there:
        what = f"has no {', '.join(missing)}" if missing else "has no stack"
        raise Refused(
            f"{top} {what}; it has {', '.join(there) or 'nothing'}: TripleO writes a folder for each stack "
            "there; connect to the undercloud, as the user who deploys"
        )
    chosen = [Stack(name) for name in names or there]
    unseen = []

    def tried(what, work):
        try:
            return work()
        except KitError as fault:
            unseen.append({"what": what, "why": str(fault)})
            return None

    surveyed = [stack.survey() for stack in chosen]
    addresses = [host["addresses"].get(CTLPLANE) for stack in surveyed for host in stack["hosts"]]
    with_keystone = [stack["name"] for stack in surveyed if _has_keystone(stack)]
    clouds = {
        name: tried(f"Glance and Nova of stack {name}", lambda name=name: _cloud(lab, name))
        for name in with_keystone
    }
    return {
        "home": home(),
        "stacks": surveyed,
        "ctlplane": tried("ctlplane in the undercloud's Neutron", _ctlplane),
        "clouds": {name: cloud for name, cloud in clouds.items() if cloud},
        "labs": _labs(),
        "hostKeys": hostkeys.of_addresses([address for address in addresses if address]),
        "unseen": [*(note for stack in chosen for note in stack.unseen), *unseen],
    }


def _labs():
    """
    The labs that have records on this undercloud: {name: {stacks, isAdopting}}. stacks: those of its sites.
    isAdopting: whether its adoption has begun and not ended.
    """
    found = {}
    for path in sorted(glob.glob(home("dcn", "*"))):
        lab = Lab(path)
        sites = [name.split("/")[0] for name in job_names(lab) if Job(lab, name).record()["state"] != "gone"]
        is_adopting = os.path.exists(adoption.path(lab))
        if sites or is_adopting:
            stacks_of_lab = sorted({stacks.of_site(lab, site) for site in sites})
            found[lab.name] = {"stacks": stacks_of_lab, "isAdopting": is_adopting}
    return found


def _has_keystone(stack):
    return any("Keystone" in role["services"] for role in stack["roles"])


def _ctlplane():
    """
    The subnets of the undercloud's own network: [{name, cidr, gateway, pools, routes}]; gateway: '' without.
    """
    listed = ask("subnet", "list", "--network", CTLPLANE)
    shown = each([one["ID"] for one in listed], lambda id: ask("subnet", "show", id), _AT_ONCE)
    return [
        {
            "name": subnet["name"],
            "cidr": subnet["cidr"],
            "gateway": subnet["gateway_ip"] or "",
            "pools": [{"start": pool["start"], "end": pool["end"]} for pool in subnet["allocation_pools"]],
            "routes": [
                {"destination": route["destination"], "nexthop": route["nexthop"]}
                for route in subnet["host_routes"]
            ],
        }
        for subnet in sorted(shown, key=lambda subnet: subnet["name"])
    ]


def _cloud(lab, stack):
    """
    What the services of a control plane know: {stores, zones}. stores: ids at Glance. zones: {zone: [host…]}
    of nova-computes.
    """
    keystone = Keystone(lab, stack=stack, **IMPATIENT)
    stores = keystone.call("image", "GET", "/v2/info/stores")["stores"]
    zones = {}
    for compute in services.computes(keystone):
        zones.setdefault(compute["zone"], []).append(compute["host"].partition(".")[0])
    return {
        "stores": [store["id"] for store in stores],
        "zones": {zone: sorted(hosts) for zone, hosts in zones.items()},
    }
