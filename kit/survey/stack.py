"""
What TripleO's verbs have left of one stack in ~/overcloud-deploy/<stack> (tripleoclient constants.py
KIND_TEMPLATES, STACK_ENV_FILE_NAME; utils.py copy_to_wd, save_stack, build_user_env_path).
"""

import glob
import os
import re

import yaml

from errors import KitError
from files import SafeLoader, read_yaml
from lab import home
from survey import parameters

_NETWORK = ("dns_domain", "name", "name_lower", "service_net_map_replace")
_SUBNET = ("gateway_ip", "ip_subnet")
_POOL = ("end", "start")
_ROUTE = ("destination", "nexthop")
_VIP = ("ip_address", "network", "subnet")
_TIME_SERVICE = "OS::TripleO::Services::Timesync"
_NONE = "OS::Heat::None"
_OTHER_FORM = "has another form than TripleO gives it"
_SERVICE = "OS::TripleO::Services::"

# The environment files of TripleO that plans give to `overcloud deploy` (model/tripleo/environments.ts), and
# those that the client adds itself.
_TRIPLEO_FILES = (
    "overcloud-resource-registry-puppet.yaml",
    "environments/cephadm/*.yaml",
    "environments/dcn*.yaml",
    "environments/disable-swift.yaml",
    "environments/network-environment.yaml",
    "environments/nova-az-config.yaml",
    "environments/podman.yaml",
    "environments/ssl/tls-endpoints-public-*.yaml",
    "user-environments/tripleoclient-*.yaml",
)

_ROLE = (
    *("CountDefault", "FlavorDefault", "HostnameFormatDefault", "ImageDefault", "ServicesDefault"),
    *("default_route_networks", "description", "disable_constraints", "disable_upgrade_deployment", "name"),
    *("networks_skip_config", "rhsm_enforce", "rhsm_enforce_multios", "tags", "update_serial"),
    "upgrade_batch_size",
)
"""Keys of role data that have no secrets (tripleo-common utils/roles.py validate_role_yaml)."""
_ROLE_PARAMETERS = "RoleParametersDefault"

_SELECTION = ("all", "limit", "model", "paths", "rotational", "size", "vendor")
_DRIVES = ("block_db_size", "block_wal_size", "crush_device_class", "encrypted", "filter_logic")


class Stack:
    """
    The files of a stack. `unseen`: [{what, why}], a note for each file that could not be read.

    Args:
        name: of the stack.
    """

    def __init__(self, name):
        self.name = name
        self.directory = home("overcloud-deploy", name)
        self.unseen = []
        self._last = self.directory
        self._is_deployed = False

    def survey(self):
        """
        Returns:
            {name, status, roles, networks, vips, bareMetal, hosts, parameters, parameterNames, timeService,
            environments, written, ceph, specs}, each as its method below says. status: '' if the stack was
            never deployed. parameterNames: names of all parameters of its last deployment, as
            parameters.names gives them. timeService: whether TripleO configures the hosts' one.
        """
        status = self._mapping(f"{self.name}-deployment_status.yaml", is_needed=False)
        # A Ceph cluster without an overcloud has none of the files of `overcloud deploy`.
        self._is_deployed = bool(status)
        path = f"environment/tripleo-{self.name}-environment.yaml"
        environment = self._mapping(path, self._is_deployed)
        defaults = self._map_in(environment, "parameter_defaults")
        registry = self._map_in(environment, "resource_registry")
        roles = self._formed(self.roles, [])
        bare_metal = self._formed(self.bare_metal, [])
        names = [role["name"] for role in roles or bare_metal]
        return {
            "name": self.name,
            "status": str(status.get("deployment_status", "")),
            "roles": roles,
            "networks": self._formed(self.networks, []),
            "vips": self._formed(lambda: self.vips(defaults), {}),
            "bareMetal": bare_metal,
            "hosts": self._formed(lambda: self.hosts(names), []),
            "parameters": self._formed(lambda: parameters.take(defaults), {}, path),
            "parameterNames": parameters.names(defaults),
            "timeService": registry.get(_TIME_SERVICE) != _NONE,
            "environments": self._formed(self.environments, []),
            "written": self._formed(lambda: self.written(defaults), []),
            "ceph": self._formed(self.ceph, None),
            "specs": self._formed(self.specs, []),
        }

    def _formed(self, read, otherwise, name=None):
        """
        What `read` gives, or `otherwise` with a note if a file has another form than TripleO gives it: the
        file of that name, or the one that was read last.
        """
        try:
            return read()
        except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
            self._note(os.path.join(self.directory, name) if name else self._last, _OTHER_FORM)
            return otherwise

    def roles(self):
        """
        The roles, [{name, networks {name: subnet}, defaultRoutes, services, data, untaken}], as deployed.
        data: the role as the file has it, but for networks and what may be a secret; untaken: the names of
        what may be one, in `RoleParametersDefault` as `RoleParametersDefault.<name>`.
        """
        found = []
        for role in self._list(f"tripleo-{self.name}-roles-data.yaml", self._is_deployed):
            networks = role.get("networks") or {}
            # THT has both forms: a list of names, and a map with the subnet of each.
            if isinstance(networks, list):
                networks = dict.fromkeys(networks)
            services = role.get("ServicesDefault") or []
            found.append(
                {
                    "name": str(role.get("name")),
                    "networks": {
                        name: str((value or {}).get("subnet") or "") for name, value in networks.items()
                    },
                    "defaultRoutes": [str(name) for name in role.get("default_route_networks") or []],
                    "services": sorted(str(name).replace(_SERVICE, "") for name in services),
                    **_role_data(role),
                }
            )
        return found

    def networks(self):
        """The networks, with {subnet: {…, pools, routes}} under `subnets`, as in network data."""
        return [
            {
                "name": str(network["name"]),
                **_texts(network, _NETWORK),
                **_numbers(network, "mtu"),
                "subnets": {
                    str(name): {
                        **_texts(subnet or {}, _SUBNET),
                        **_numbers(subnet or {}, "vlan"),
                        "pools": _items(subnet, "allocation_pools", _POOL),
                        "routes": _items(subnet, "routes", _ROUTE),
                    }
                    for name, subnet in (network.get("subnets") or {}).items()
                },
            }
            for network in self._list(f"tripleo-{self.name}-network-data.yaml")
        ]

    def vips(self, defaults):
        """
        The virtual addresses by Neutron's name of the network: those that were asked for, or those that were
        given.
        """
        listed = self._list(f"tripleo-{self.name}-virtual-ips.yaml", self._is_deployed)
        asked = [_texts(vip, _VIP) for vip in listed]
        found = {vip["network"]: vip["ip_address"] for vip in asked if {"network", "ip_address"} <= set(vip)}
        ports = {name: port.get("ip_address") for name, port in (defaults.get("VipPortMap") or {}).items()}
        fixed = (defaults.get("ControlPlaneVipData") or {}).get("fixed_ips") or [{}]
        ports["ctlplane"] = fixed[0].get("ip_address")
        return {**found, **{name: str(address) for name, address in ports.items() if address}}

    def bare_metal(self):
        """
        The roles of the file for `node provision`, [{name, template, hosts}]; hosts: their names, in order.
        """
        found = []
        for role in self._list(f"tripleo-{self.name}-baremetal-deployment.yaml"):
            config = (role.get("defaults") or {}).get("network_config") or {}
            instances = [one for one in role.get("instances") or [] if isinstance(one, dict)]
            found.append(
                {
                    "name": str(role.get("name")),
                    "template": str(config.get("template") or ""),
                    "hosts": [str(one.get("hostname") or one.get("name") or "") for one in instances],
                }
            )
        return found

    def hosts(self, roles):
        """The hosts of some roles by the inventory, [{name, role, addresses {network: address}}]."""
        groups = self._mapping("tripleo-ansible-inventory.yaml")
        return [
            {
                "name": str(name),
                "role": role,
                "addresses": {
                    key[: -len("_ip")]: str(value)
                    for key, value in variables.items()
                    if key.endswith("_ip") and not key.endswith("_gateway_ip")
                },
            }
            for role in roles
            for name, variables in _members(groups, role).items()
        ]

    def environments(self):
        """
        The environment files of the last deployment that are not TripleO's own, [{path, parameters}]: the
        file's path when it was given, and the names of its parameters.
        """
        top = os.path.join(self.directory, "tripleo-heat-templates", "user-environments")
        found = []
        for directory, _, names in os.walk(top):
            # What lies in `top` itself the client has made.
            for name in sorted(names) if directory != top else ():
                path = os.path.join(directory, name)
                file = self._mapping(os.path.relpath(path, self.directory))
                given = self._map_in(file, "parameter_defaults")
                found.append({"path": path[len(top) :], "parameters": sorted(map(str, given))})
        return sorted(found, key=lambda file: file["path"])

    def written(self, defaults):
        """
        Sorted names of the parameters that came neither from TripleO's own environment files nor from its
        client: from files of the operator, or of earlier verbs. The client keeps no list of the files.

        Args:
            defaults: all parameters of the last deployment.
        """
        passwords = self._map_in(self._mapping(f"{self.name}-passwords.yaml", False), "parameter_defaults")
        own = []
        tree = os.path.join(self.directory, "tripleo-heat-templates")
        for pattern in _TRIPLEO_FILES:
            for path in sorted(glob.glob(os.path.join(glob.escape(tree), pattern))):
                file = self._mapping(os.path.relpath(path, self.directory))
                own.append(self._map_in(file, "parameter_defaults"))
        return sorted(
            str(name)
            for name, value in defaults.items()
            # An edge site has passwords of the control plane's export in place of its own.
            if name not in passwords and not any(name in file and file[name] == value for file in own)
        )

    def ceph(self):
        """The cluster that `ceph deploy` made, {cluster, fsid, user}; None without one."""
        file = self._mapping("ceph_client.yml", is_needed=False)
        if "tripleo_ceph_client_cluster" not in file:
            return None
        users = [str(key.get("name", "")) for key in file.get("keys") or []]
        return {
            "cluster": str(file["tripleo_ceph_client_cluster"]),
            "fsid": str(file.get("tripleo_ceph_client_fsid", "")),
            "user": next((user.partition(".")[2] for user in users if user.startswith("client.")), ""),
        }

    def specs(self):
        """The services of OSDs in the specification that `ceph deploy` made, [{id, hosts, …drive group}]."""
        documents = self._load("generated_ceph_spec.yaml", is_needed=False, load=yaml.load_all)
        return [
            {
                "id": str(spec.get("service_id", "")),
                "hosts": [str(host) for host in (spec.get("placement") or {}).get("hosts") or []],
                **parameters.fields(spec, (*_DRIVES, "osds_per_device")),
                **{
                    key: parameters.fields(spec[key] or {}, _SELECTION)
                    for key in ("data_devices", "db_devices", "wal_devices")
                    if key in spec
                },
            }
            for spec in documents or []
            if isinstance(spec, dict) and spec.get("service_type") == "osd"
        ]

    def _mapping(self, name, is_needed=True):
        path = self._last = os.path.join(self.directory, name)
        try:
            return read_yaml(path)
        except FileNotFoundError:
            if is_needed:
                self._note(path, "there is no such file")
        except OSError as error:
            self._note(path, error.strerror)
        except KitError as error:
            self._note(path, re.sub(r"^[^:]*: | \(.*|;.*", "", str(error)))
        return {}

    def _map_in(self, mapping, key):
        """
        A map in the content of the file that was read last; {} with a note if it is none. Keys leave the
        undercloud, and the members of a list may be secrets.
        """
        found = mapping.get(key) or {}
        if not isinstance(found, dict):
            self._note(self._last, _OTHER_FORM)
            return {}
        return found

    def _list(self, name, is_needed=True):
        found = self._load(name, is_needed)
        if not isinstance(found or [], list):
            self._note(os.path.join(self.directory, name), "is no list")
            return []
        return [one for one in found or [] if isinstance(one, dict)]

    def _load(self, name, is_needed=True, load=yaml.load):
        path = self._last = os.path.join(self.directory, name)
        try:
            with open(path, encoding="utf-8") as file:
                found = load(file, Loader=SafeLoader)
                return found if load is yaml.load else list(found)
        except FileNotFoundError:
            if is_needed:
                self._note(path, "there is no such file")
        except OSError as error:
            self._note(path, error.strerror)
        except (yaml.YAMLError, UnicodeDecodeError):
            # The parser's message may quote the file.
            self._note(path, "is not YAML")
        return None

    def _note(self, path, why):
        self.unseen.append({"what": path, "why": why})


def _texts(mapping, names):
    """The texts of a mapping under names; YAML takes some texts for numbers."""
    return {key: str(value) for key, value in parameters.fields(mapping, names).items()}


def _numbers(mapping, *names):
    """The numbers of a mapping under names; YAML files may have them as texts."""
    return {name: int(mapping[name]) for name in names if mapping.get(name) is not None}


def _items(subnet, key, names):
    items = (subnet or {}).get(key) or []
    return [{name: str(item[name]) for name in names} for item in items]


def _role_data(role):
    """`data` and `untaken` of a role, as in Stack.roles."""
    data = parameters.fields(role, _ROLE)
    given = role.get(_ROLE_PARAMETERS) or {}
    taken = parameters.take_of_role(given)
    untaken = [str(key) for key in role if key not in (*data, _ROLE_PARAMETERS, "networks")]
    untaken += [f"{_ROLE_PARAMETERS}.{name}" for name in given if name not in taken]
    return {
        "data": {**data, **({_ROLE_PARAMETERS: taken} if taken else {})},
        "untaken": sorted(untaken),
    }


def _members(groups, name, above=()):
    """The hosts of a group of an inventory and of its children, {name: variables}."""
    group = groups.get(name) or {}
    found = {host: variables or {} for host, variables in (group.get("hosts") or {}).items()}
    for child in group.get("children") or {}:
        if child not in above:
            found.update(_members(groups, child, (*above, name)))
    return found
