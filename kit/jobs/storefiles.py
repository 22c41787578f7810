"""The environment files that give the registered stores to the control plane's jobs."""

import yaml

from jobs import cephexport
from lab import CONTROL

STEPS = ("network-provision", "overcloud-stack", "overcloud-config")
"""
Steps of the control plane that an update runs again, in order, each with its hooks. network-provision lists
the subnets of all sites, which Heat needs for a new site's networks; the other two bring the stores.
"""


def with_hooks(step):
    """Names of a step and of its hooks, in the order in which they run."""
    return f"before-{step}", step, f"after-{step}"


def is_hook(step):
    """Whether a step, by its name, is a hook."""
    return step.startswith(("before-", "after-"))


def stores_from(job):
    """
    The step of the control plane with whose stores a job works, by the job's name; None: a job works with the
    stores that are registered when it begins. The configuration and the hook before it work with those of the
    stack phase, a hook after a step with those of the step.
    """
    step = job.split("/")[1]
    if step in ("before-overcloud-config", "overcloud-config"):
        return "overcloud-stack"
    return step[len("after-") :] if step.startswith("after-") else None


def depends_on_stores(job):
    """Whether the outcome of a job, by its name, depends on the registered stores."""
    site, step = job.split("/")
    return site == CONTROL and step in (name for verb in STEPS for name in with_hooks(verb))


def compose_stores(entries, own):
    """
    Content of glance-dcn-stores.yaml: all additional stores of the control plane in one file, because Heat
    takes the last of two files that set GlanceMultistoreConfig (THT
    overcloud-resource-registry-puppet.j2.yaml parameter_merge_strategies).

    Args:
        entries: the registered stores, as `registry.registered` gives them.
        own: the control plane's own store, as `registry.own` gives it; its pool and user are the default
            of all.
    """
    own = own or {}
    stores = {
        store: {
            "GlanceBackend": "rbd",
            "GlanceStoreDescription": entry["description"],
            "CephClusterName": entry["cluster"],
            **({} if _pool(entry) == _pool(own) else {"GlanceRbdPoolName": _pool(entry)}),
            **(
                {}
                if cephexport.user(entry) == cephexport.user(own)
                else {"CephClientUserName": cephexport.user(entry)}
            ),
        }
        for store, entry in sorted(entries.items())
    }
    return _environment({"GlanceMultistoreConfig": stores})


def compose_no_ceph():
    """
    Content of dcn_ceph_external.yaml when no store is registered; else `openstack overcloud export ceph`
    writes that file.
    """
    return _environment({"CephExternalMultiConfig": []})


def _pool(entry):
    return entry.get("poolNames", {}).get("images", "images")


def _environment(parameters):
    return yaml.safe_dump(
        {"parameter_defaults": parameters}, sort_keys=False, width=10**6, allow_unicode=True
    )
