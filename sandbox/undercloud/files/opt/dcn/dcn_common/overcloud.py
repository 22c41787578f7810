"""Results of the stack phase, read from the config-download directory as Ansible and puppet would read
them.
"""

import functools
import json
import pathlib
import re

import jinja2
import yaml

from dcn_common.inventory import Inventory

ALL_NODES_TEMPLATE = "/usr/share/ansible/roles/tripleo_hieradata/templates"
SERVERS = re.compile(r"(nova|neutron|ovn|placement|cinder|oslo_messaging)_\w+|placement|etcd")
"""Services that are needed only for servers, not to store and copy images."""
SERVICE_DEFAULT = "<SERVICE DEFAULT>"
"""puppet-openstacklib's value of an option that is not to be set."""
HIERA = re.compile(r"%\{(?:hiera\('([^']+)'\)|::(\w+))\}")


class Overcloud:
    """A stack: `inventory`, `variables` (global_vars.yaml), `nodes` {name: Node}, `endpoints`
    (EndpointMap).

    Args:
        directory: the stack's config-download directory.
        servers: whether nodes run the SERVERS of their roles too (`sandbox: { servers }` of the lab file).
    """

    def __init__(self, directory, servers=True):
        self.directory = pathlib.Path(directory)
        self.servers = servers
        self.stack = self.directory.name
        self.working_dir = self.directory.parent.parent
        self.inventory = Inventory(self.directory / "tripleo-ansible-inventory.yaml")
        self.variables = _yaml(self.directory / "global_vars.yaml")
        self.endpoints = _yaml(self.working_dir / "outputs" / "EndpointMap")
        roles = {
            file.name: _yaml(file) for file in (self.directory / "group_vars").iterdir() if not file.suffix
        }
        self.nodes = {
            name: Node(name, self.inventory.hosts[name], role, variables, self)
            for role, variables in sorted(roles.items())
            for name in self.inventory.groups[role]
        }

    def runs(self, service):
        """Whether the lab runs a service of the nodes' roles."""
        return self.servers or not SERVERS.fullmatch(service)

    def group(self, service):
        """The nodes of this stack with a service, sorted by name; the first one bootstraps the service."""
        if not self.runs(service):
            return []
        return [
            self.nodes[name] for name in sorted(self.inventory.groups.get(service, [])) if name in self.nodes
        ]

    def network(self, service):
        """Name of a service's network."""
        return self.variables["service_net_map"].get(f"{service}_network", "ctlplane")

    def vip(self, network):
        """The virtual address on a network; None if it has none."""
        return self.variables["net_vip_map"].get(network) or None

    def external_tasks(self, step):
        """Ansible's tasks of a step that run on the undercloud."""
        file = self.directory / f"external_deploy_steps_tasks_step{step}.yaml"
        return _yaml(file) or [] if file.exists() else []

    def host_prep_tasks(self, role):
        """Ansible's tasks that run on the nodes of a role before the first step."""
        return _yaml(self.directory / role / "host_prep_tasks.yaml")

    @property
    def external_post_tasks(self):
        """Ansible's tasks that run on the undercloud after the last step."""
        file = self.directory / "external_post_deploy_steps_tasks.yaml"
        return _yaml(file) or [] if file.exists() else []

    def parameter(self, name, default=None):
        """A parameter of the environment, for parameters that these templates do not pass on to Ansible."""
        file = self.working_dir / "environment" / f"tripleo-{self.stack}-environment.yaml"
        return (_yaml(file).get("parameter_defaults") or {}).get(name, default)

    @functools.cached_property
    def all_nodes(self):
        """Data of all services' nodes (group_vars/overcloud.json), rendered by tripleo-ansible's template."""
        templates = jinja2.Environment(loader=jinja2.FileSystemLoader(ALL_NODES_TEMPLATE))
        templates.filters["extract"] = lambda host, hosts, variable: hosts[host][variable]
        templates.filters["unique"] = lambda values: list(dict.fromkeys(values))
        templates.filters["to_nice_json"] = lambda value: json.dumps(value, indent=4, sort_keys=True)
        text = templates.get_template("all_nodes.j2").render(
            {"service_vip_vars": {}, **self.variables},
            groups=self.inventory.groups,
            hostvars={
                name: {"inventory_hostname": name, **host} for name, host in self.inventory.hosts.items()
            },
        )
        return json.loads(text)


class Node:
    """A node: its name, its role, and the services of the role that the lab runs."""

    def __init__(self, name, host, role, variables, overcloud):
        self.name = name
        self.role = role
        self.overcloud = overcloud
        self.services = [service for service in variables["service_names"] if overcloud.runs(service)]
        self._host = host
        # Later maps win, as in TripleO's hieradata_files: the operator's data override those of the services.
        self._hiera = {
            **variables["service_configs"],
            **variables["extraconfig"],
            **variables["role_extraconfig"],
        }

    def leads(self, service):
        """Whether the node is the first one with a service, which bootstraps it."""
        return service in self.services and self is self.overcloud.group(service)[0]

    def address(self, network):
        """The node's address on a network."""
        return self._host[f"{network}_ip"]

    def hiera(self, key, default=None):
        """A value of puppet's data with its references resolved; None for SERVICE_DEFAULT."""
        value = self._hiera.get(key, default)
        return None if value == SERVICE_DEFAULT else self._filled(value)

    def hiera_matching(self, pattern):
        """{key: value} of puppet's data for keys that match the pattern as a whole."""
        return {key: self._filled(value) for key, value in self._hiera.items() if re.fullmatch(pattern, key)}

    def _filled(self, value):
        if isinstance(value, str):
            return HIERA.sub(lambda match: str(self._lookup(match.group(1) or match.group(2))), value)
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if isinstance(value, dict):
            return {key: self._filled(item) for key, item in value.items()}
        return value

    def _lookup(self, key):
        network = re.sub(r"^fqdn_|_uri$", "", key)
        # fqdn_canonical belongs to no network.
        if f"{network}_hostname" in self._host:
            return self._host[f"{network}_hostname"] if key.startswith("fqdn_") else self.address(network)
        if key in self._hiera:
            return self.hiera(key)
        return self.overcloud.all_nodes.get(key, "")


def included(tasks, role, tasks_from=None):
    """Returns the variables [{name: value}…] of the tasks that include a role, also of those in blocks.

    Args:
        tasks: Ansible's tasks.
        role: name of the role.
        tasks_from: the file of the role that they include; None: its main file.
    """
    found = []
    if isinstance(tasks, list):
        for task in tasks:
            found += included(task, role, tasks_from)
    elif isinstance(tasks, dict):
        include = tasks.get("include_role") or tasks.get("import_role") or {}
        if include.get("name") == role and include.get("tasks_from") == tasks_from:
            found.append(tasks.get("vars") or {})
        found += included(tasks.get("block") or [], role, tasks_from)
    return found


def _yaml(path):
    with open(path) as file:
        return yaml.load(file, yaml.CSafeLoader)
