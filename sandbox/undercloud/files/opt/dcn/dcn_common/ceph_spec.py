"""The Ceph spec of `openstack overcloud ceph deploy`, created by tripleo-ansible's own code."""

import importlib.util
import os
import sys
import types

import yaml

ANSIBLE = "/usr/share/ansible"


def make_spec(variables, inventory):
    """Reads the operator's Ceph spec, or creates one from roles, nodes and osd_spec.

    tripleo-ansible's ceph_spec_bootstrap creates it and writes the file that cephadm would read. With
    `tld_option` its hosts have the domain, which only Wallaby's module appends.

    Args:
        variables: of the playbook.
        inventory: path of Ansible's inventory.

    Returns:
        The documents of the spec.
    """
    path = variables.get("ceph_spec_path") or os.path.join(
        variables["working_dir"], "generated_ceph_spec.yaml"
    )
    if variables.get("dynamic_ceph_spec", True):
        module = _spec_module()
        roles, metal = variables["tripleo_roles_path"], variables["baremetal_deployed_path"]
        osd_spec = read_yaml(variables["osd_spec_path"]) if variables.get("osd_spec_path") else {}
        services = module.get_roles_to_svcs_from_roles(roles)
        role_hosts = module.get_deployed_roles_to_hosts(metal, services)
        addresses = module.get_inventory_hosts_to_ips(read_yaml(inventory), services)
        domain = suffix(variables)
        role_hosts = {role: [host + domain for host in hosts] for role, hosts in role_hosts.items()}
        addresses = {host + domain: address for host, address in addresses.items()}
        kinds = ["mon", "mgr", "osd"]
        labels = module.get_label_map(addresses, services, role_hosts, kinds)
        module.render(module.get_specs(addresses, labels, kinds, osd_spec), path)
    with open(path) as file:
        return [document for document in yaml.safe_load_all(file) if document]


def suffix(variables):
    """Returns the end of hosts' names in the spec, which the inventory lacks: .DOMAIN, or an empty text."""
    domain = variables.get("tld_option")
    return f".{domain}" if domain else ""


def _spec_module():
    """Loads tripleo-ansible's module ceph_spec_bootstrap as Ansible does."""
    helper = _load("ansible.module_utils.ceph_spec", f"{ANSIBLE}/plugins/module_utils/ceph_spec.py")
    sys.modules["ansible.module_utils.ceph_spec"] = helper
    return _load("ceph_spec_bootstrap", f"{ANSIBLE}/plugins/modules/ceph_spec_bootstrap.py")


def _load(name, path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_yaml(path):
    """Returns the value of a YAML file."""
    with open(path) as file:
        return yaml.safe_load(file)
