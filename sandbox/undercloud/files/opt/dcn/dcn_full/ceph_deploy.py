"""`openstack overcloud ceph deploy` with tripleo-ansible's playbooks and the real cephadm on the nodes.

Only variables of its playbook are changed for hosts of the sandbox; README.md lists them. Settings, waits and
arguments that the operator gives are kept.
"""

import configparser
import os

import yaml
from tripleoclient import utils

import wallaby_ceph
from dcn_common import drives, playbooks
from dcn_common.ceph_spec import make_spec
from dcn_common.fleet import Fleet
from dcn_common.inventory import Inventory

PLAYBOOK = "cli-deployed-ceph.yaml"

IMAGE = {
    "tripleo_cephadm_container_ns": "localhost",
    "tripleo_cephadm_container_image": "ceph",
    "tripleo_cephadm_container_tag": "16",
}
"""The only container image of Ceph that nodes have (sandbox/image/layers.ts)."""

WAITS = {
    "tripleo_cephadm_wait_for_mons_delay": 3,
    "tripleo_cephadm_wait_for_mons_retries": 200,
    "tripleo_cephadm_wait_for_osds_delay": 3,
    "tripleo_cephadm_wait_for_osds_retries": 400,
}
"""The role waits at least as long as with its defaults, but checks more often."""

SETTINGS = """
[global]
osd_pool_default_pg_autoscale_mode = off
[mon]
mon_data_avail_warn = 5
mon_data_avail_crit = 2
[mgr]
mgr/cephadm/use_repo_digest = false
[osd]
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
bdev_enable_discard = false
"""


def install():
    """Replaces the playbook by `deploy` in this process; adds Wallaby's options."""
    playbooks.play({PLAYBOOK: deploy})
    # tripleo-ansible 6.0.0 knows hosts by their short names only.
    wallaby_ceph.install(renames=False)


def deploy(inventory, workdir, playbook_dir, extra_vars, extra_vars_file=None, **options):
    """Plays cli-deployed-ceph.yaml with Ansible, with the variables that hosts of the sandbox need."""
    given = {**(extra_vars_file or {}), **extra_vars}
    with Fleet(Inventory(inventory).hosts, utils.get_key(given["stack_name"])) as fleet:
        changed = overrides(given, make_spec(given, inventory), fleet, workdir)
    playbooks.ansible(
        PLAYBOOK,
        inventory,
        workdir,
        playbook_dir=playbook_dir,
        extra_vars={**extra_vars, **changed},
        extra_vars_file=extra_vars_file,
        **options,
    )


def overrides(given, spec, fleet, workdir):
    """Returns the variables that hosts of the sandbox need.

    Args:
        given: the playbook's variables, as the client passes them.
        spec: documents of the Ceph spec.
        fleet: the hosts.
        workdir: folder for the files that the variables name.
    """
    files = {"tripleo_cephadm_bootstrap_conf": os.path.join(workdir, "ceph.conf")}
    with open(files["tripleo_cephadm_bootstrap_conf"], "w") as file:
        settings(given.get("tripleo_cephadm_bootstrap_conf")).write(file)
    osds = [{"method": "raw", **part} for part in drives.with_paths(drives.selected(fleet, spec))]
    others = [part for part in spec if part.get("service_type") != "osd"]
    files["ceph_spec_path"] = os.path.join(workdir, "ceph_spec.yaml")
    with open(files["ceph_spec_path"], "w") as file:
        yaml.safe_dump_all([*others, *osds], file, explicit_start=True)
    waits = {name: value for name, value in WAITS.items() if name not in given}
    return {
        **IMAGE,
        **waits,
        **files,
        "dynamic_ceph_spec": False,
        "tripleo_cephadm_predeployed": False,
        "tripleo_cephadm_extra_args": f"{given.get('tripleo_cephadm_extra_args', '')} --skip-pull".strip(),
        "tripleo_cephadm_num_osd_expected": osd_count(osds),
    }


def settings(path):
    """Returns the cluster's settings: SETTINGS, overridden by the ceph.conf at `path` if it is given.

    Each section appears once, as cephadm requires.
    """
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    # The parser's default changes names to lower case.
    parser.optionxform = str
    parser.read_string(SETTINGS)
    if path:
        with open(path) as file:
            parser.read_file(file)
    return parser


def osd_count(parts):
    """Returns the number of OSDs by documents with paths."""
    return sum(len(part["data_devices"]["paths"]) * len(part["placement"]["hosts"]) for part in parts)
