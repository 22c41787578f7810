"""Hosts, variables and groups of TripleO's Ansible inventory files."""

import yaml

ANSIBLE_USER = "tripleo-admin"


class Inventory:
    """An inventory: `hosts` {name: variables}, `groups` {name: [host…]}, both without the undercloud itself.

    Args:
        path: the inventory file.
    """

    def __init__(self, path):
        with open(path) as file:
            self._groups = yaml.load(file, yaml.CSafeLoader)
        self.hosts = {}
        for group in self._groups.values():
            common = group.get("vars") or {}
            if common.get("ansible_connection") == "local":
                continue
            for name, variables in (group.get("hosts") or {}).items():
                host = self.hosts.setdefault(name, {})
                host.update(variables or {})
                host["ansible_user"] = common.get("ansible_ssh_user", ANSIBLE_USER)
        self.groups = {name: self._members(name) for name in self._groups}

    def _members(self, name, above=()):
        group = self._groups.get(name) or {}
        members = dict.fromkeys(host for host in group.get("hosts") or {} if host in self.hosts)
        for child in group.get("children") or {}:
            if child not in above:
                members.update(dict.fromkeys(self._members(child, (*above, name))))
        return list(members)
