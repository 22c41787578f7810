"""glance-api on this node."""

import json
import os
import shutil

from host import answers, directory, put, source, unit, wait_for
from ini import render

CHANGED = "/run/dcn-glance-changed"
PASTE = "/usr/share/glance-common/glance-api-paste.ini"

# librados ignores the timeouts that Glance passes and waits 300 s for a cluster that does not answer, unless
# CEPH_ARGS limits it. TripleO's glance-api starts only after these 300 s if a store is unreachable.
LIMITS = "--client_mount_timeout=5 --rados_mon_op_timeout=10 --rados_osd_op_timeout=30"

PREFETCH_UNIT = """[Unit]
Description=STAND-IN for the periodic job of glance-api that fetches queued images into its cache
After=glance-api.service

[Service]
User=glance
Group=glance
ExecStart=/usr/local/sbin/dcn-glance-prefetch {seconds}
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
"""


def configure(options, imports, policies, staging, swift, cache):
    """Writes the configuration of glance-api.

    Args:
        options: sections of glance-api.conf.
        imports: sections of glance-image-import.conf.
        policies: {rule: value} of policy.yaml.
        staging: directory for staged images.
        swift: sections of glance-swift.conf; empty without a store in Swift.
        cache: options of glance-cache.conf; empty without a cache.
    """
    directories = [staging, "/var/lib/glance/tasks_work_dir", "/var/lib/glance/lock"]
    if cache:
        # The package creates some of them for root; Kolla gives everything below /var/lib/glance to glance.
        names = ("", "queue", "incomplete", "invalid")
        directories += [os.path.join(cache["image_cache_dir"], name) for name in names]
    for path in directories:
        directory(path, 0o750, "glance")
    options["os_glance_staging_store"] = {"filesystem_store_datadir": staging}
    options["os_glance_tasks_store"] = {"filesystem_store_datadir": "/var/lib/glance/tasks_work_dir"}
    options["oslo_concurrency"] = {"lock_path": "/var/lib/glance/lock"}
    rules = "".join(f"{json.dumps(rule)}: {json.dumps(value)}\n" for rule, value in policies.items())
    changed = [
        put("/etc/glance/glance-api.conf", render(options), 0o640, "root", "glance"),
        put("/etc/glance/glance-image-import.conf", render(imports)),
        put("/etc/glance/policy.yaml", rules),
        put("/etc/glance/glance-swift.conf", render(swift), 0o640, "root", "glance"),
        put("/etc/glance/glance-cache.conf", render({"DEFAULT": cache}), 0o640, "root", "glance"),
        # glance-api reads the configuration of Ceph clusters only when it starts.
        _changed_clusters(options),
    ]
    if not os.path.exists("/etc/glance/glance-api-paste.ini"):
        shutil.copy(PASTE, "/etc/glance/")
    if any(changed):
        put(CHANGED, "", quiet=True)


def _changed_clusters(options):
    """Whether the ceph.conf of a store differs from that of the last deploy."""
    files = sorted(
        {part["rbd_store_ceph_conf"] for part in options.values() if "rbd_store_ceph_conf" in part}
    )
    texts = {}
    for file in files:
        if os.path.exists(file):
            with open(file) as conf:
                texts[file] = conf.read()
    return put("/var/lib/dcn/glance-clusters", json.dumps(texts), 0o600, quiet=True)


def serve(prefetch_seconds=None):
    """Runs glance-api, and the prefetcher of its cache every `prefetch_seconds` if that is given."""
    override = "/etc/systemd/system/glance-api.service.d/tripleo.conf"
    defined = put(override, f'[Service]\nEnvironment="CEPH_ARGS={LIMITS}"\n')
    changed = os.path.exists(CHANGED)
    unit("glance-api", changed, defined, wait=False)
    if prefetch_seconds:
        program = put("/usr/local/sbin/dcn-glance-prefetch", source("glance_prefetch"), 0o755)
        text = PREFETCH_UNIT.format(seconds=prefetch_seconds)
        defined = put("/etc/systemd/system/dcn-glance-prefetch.service", text)
        unit("dcn-glance-prefetch", changed or program, defined)
    if changed:
        os.remove(CHANGED)


def ready(url):
    """Waits until glance-api answers; it starts late, after LIMITS, if it cannot reach a store."""
    wait_for(f"glance-api does not answer on {url}", lambda: answers(f"{url}/healthcheck"), 120, "glance-api")
