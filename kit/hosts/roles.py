"""Puts a site's own networks into a roles file that `openstack overcloud roles generate` wrote."""

import os
import re

import yaml

from errors import Refused
from files import SafeLoader, write_private
from output import say


def subnets(path, pairs, without=(), default_route=None):
    """
    Sets the networks of each role of a roles file; the rest of its content stays. As TripleO generates it,
    the file has all networks of a role and TripleO's default names of their subnets.

    Args:
        path: the file, which is rewritten.
        pairs: a list of 'NETWORK=SUBNET' for all roles, and of 'ROLE/NETWORK=SUBNET' for one of them.
        without: names of networks that the lab does not have.
        default_route: name of the network that the default route of all roles leads by; None: TripleO's own.

    Raises:
        Refused: the file is not a roles file, or a pair is wrong.
    """
    faults = [
        f"--subnet {pair}: must be NETWORK=SUBNET or ROLE/NETWORK=SUBNET"
        for pair in pairs
        if not re.fullmatch(r"(\w+/)?\w+=[\w-]+", pair)
    ]
    wanted = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    try:
        with open(path, encoding="utf-8") as file:
            roles = yaml.load(file, Loader=SafeLoader)
    except FileNotFoundError:
        raise Refused(
            [
                *faults,
                f"--file {path}: does not exist; run `openstack overcloud roles generate -o {path} ROLE…`",
            ]
        ) from None
    except yaml.YAMLError as error:
        raise Refused([*faults, f"--file {path}: is not YAML: {error}"]) from None
    if not isinstance(roles, list) or not all(isinstance(role, dict) and "name" in role for role in roles):
        faults.append(f"--file {path}: is not a list of roles with names")
    if faults:
        raise Refused(faults)
    for role in roles:
        networks = role.get("networks") or {}
        if isinstance(networks, list):
            # The older form is a list of networks; each subnet has the name of its network.
            networks = {name: {"subnet": f"{_lower(name)}_subnet"} for name in networks}
        role["networks"] = {
            name: _with_subnet(value, wanted.get(f"{role['name']}/{name}", wanted.get(name)))
            for name, value in networks.items()
            if name not in without
        }
        if default_route is not None:
            role["default_route_networks"] = [default_route]
    used = {key for role in roles for name in role["networks"] for key in (name, f"{role['name']}/{name}")}
    unused = [key for key in wanted if key not in used]
    if unused:
        say(f"{os.path.basename(path)}: no role is in {', '.join(unused)}; its subnet was not needed")
    write_private(path, yaml.safe_dump(roles, sort_keys=False, width=10**6, allow_unicode=True))


def _with_subnet(value, subnet):
    return value if subnet is None else {**(value or {}), "subnet": subnet}


def _lower(name):
    """InternalApi -> internal_api, as THT names the subnets of its networks (network_data name_lower)."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
