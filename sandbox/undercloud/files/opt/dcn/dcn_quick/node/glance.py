"""glance-api on this node."""

import json
import os
import shutil

from host import answers, directory, once, put, run, unit, wait_for
from ini import render

CHANGED = "/run/dcn-glance-changed"
PASTE = "/usr/share/glance-common/glance-api-paste.ini"

# librados does not heed the time limits that Glance gives it, but waits 300 s for a cluster that does not
# answer; by its environment it gives up early. In life a glance-api starts as late as its unreachable
# stores let it.
LIMITS = "--client_mount_timeout=5 --rados_mon_op_timeout=10 --rados_osd_op_timeout=30"


def configure(options, imports, policies, staging):
    """glance-api.conf, glance-image-import.conf and policy.yaml."""
    for path in (staging, "/var/lib/glance/tasks_work_dir", "/var/lib/glance/lock"):
        directory(path, 0o750, "glance")
    options["os_glance_staging_store"] = {"filesystem_store_datadir": staging}
    options["os_glance_tasks_store"] = {"filesystem_store_datadir": "/var/lib/glance/tasks_work_dir"}
    options["oslo_concurrency"] = {"lock_path": "/var/lib/glance/lock"}
    rules = "".join(f"{json.dumps(rule)}: {json.dumps(value)}\n" for rule, value in policies.items())
    changed = [
        put("/etc/glance/glance-api.conf", render(options), 0o640, "root", "glance"),
        put("/etc/glance/glance-image-import.conf", render(imports)),
        put("/etc/glance/policy.yaml", rules),
        # what it reads of Ceph, it reads when it starts
        _changed_clusters(options),
    ]
    if not os.path.exists("/etc/glance/glance-api-paste.ini"):
        shutil.copy(PASTE, "/etc/glance/")
    if any(changed):
        put(CHANGED, "", quiet=True)


def _changed_clusters(options):
    files = sorted(
        {part["rbd_store_ceph_conf"] for part in options.values() if "rbd_store_ceph_conf" in part}
    )
    texts = {}
    for file in files:
        if os.path.exists(file):
            with open(file) as source:
                texts[file] = source.read()
    return put("/var/lib/dcn/glance-clusters", json.dumps(texts), 0o600, quiet=True)


def database():
    """The database's schema."""
    version = run(["dpkg-query", "--show", "--showformat=${Version}", "glance-common"], check=False)
    once("glance-schema", [version], lambda: run(["glance-manage", "db_sync"], user="glance"))


def serve():
    """glance-api with what was configured."""
    override = "/etc/systemd/system/glance-api.service.d/tripleo.conf"
    defined = put(override, f'[Service]\nEnvironment="CEPH_ARGS={LIMITS}"\n')
    unit("glance-api", os.path.exists(CHANGED), defined)
    if os.path.exists(CHANGED):
        os.remove(CHANGED)


def ready(url):
    """Waits until glance-api answers; one that cannot reach a store starts as late as its limits let it."""
    wait_for(f"glance-api does not answer on {url}", lambda: answers(f"{url}/healthcheck"), 120, "glance-api")
