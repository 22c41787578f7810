"""The Ceph spec of `openstack overcloud ceph deploy`, made by tripleo-ansible's own code."""

import importlib.util
import os
import sys
import types

import yaml

ANSIBLE = "/usr/share/ansible"


def make_spec(variables, inventory):
    """Returns the documents of the Ceph spec that the playbook's variables ask for.

    That is the operator's spec, or one that tripleo-ansible's ceph_spec_bootstrap makes of roles, nodes and
    osd_spec and writes to the file that cephadm would read.
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
        kinds = ["mon", "mgr", "osd"]
        labels = module.get_label_map(addresses, services, role_hosts, kinds)
        module.render(module.get_specs(addresses, labels, kinds, osd_spec), path)
    with open(path) as file:
        return [document for document in yaml.safe_load_all(file) if document]


def _spec_module():
    """Loads tripleo-ansible's module as Ansible would."""
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
