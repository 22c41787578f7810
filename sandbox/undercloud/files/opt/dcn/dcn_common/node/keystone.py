"""Keystone on this node, and its resources."""

import os

from host import answers, directory, once, put, run, unit, wait_for
from identity import Identity
from ini import render

# One thread a process: oslo.log gives logging the locks of eventlet, and native threads that share such a
# lock hang. The program is loaded before the fork, so that the processes share its memory.
COMMAND = (
    "/usr/bin/uwsgi --plugin python3 {sockets} --wsgi-file /usr/bin/keystone-wsgi-public --master"
    " --processes 4 --die-on-term --buffer-size 65535"
    ' --add-header "Connection: close"'
)
CHANGED = "/run/dcn-keystone-changed"


def configure(options, keys):
    """Writes keystone.conf, and the Fernet and credential keys that all Controllers share, {path: key}."""
    for path in sorted({os.path.dirname(path) for path in keys}):
        directory(path, 0o700, "keystone")
    changed = [put(path, key, 0o600, "keystone", quiet=True) for path, key in keys.items()]
    options["DEFAULT"]["log_dir"] = "/var/log/keystone"
    changed.append(put("/etc/keystone/keystone.conf", render(options), 0o640, "root", "keystone"))
    if any(changed):
        put(CHANGED, "", quiet=True)


def bootstrap(password, region, urls):
    """Creates the administrator and Keystone's own endpoints."""
    endpoints = [f"--bootstrap-{kind}-url={url}" for kind, url in urls.items()]
    # Other users can see arguments, but not the environment.
    secret = {"OS_BOOTSTRAP_PASSWORD": password}
    command = ["keystone-manage", "bootstrap", f"--bootstrap-region-id={region}", *endpoints]
    once(
        "keystone-bootstrap",
        [password, region, urls],
        lambda: run(command, user="keystone", environment=secret),
    )


def serve(sockets):
    """Runs Keystone on `sockets`, each ADDRESS:PORT."""
    command = COMMAND.format(sockets=" ".join(f"--http-socket {socket}" for socket in sockets))
    override = "/etc/systemd/system/keystone.service.d/tripleo.conf"
    defined = put(override, f"[Service]\nExecStart=\nExecStart={command}\n")
    unit("keystone", os.path.exists(CHANGED), defined, wait=False)
    if os.path.exists(CHANGED):
        os.remove(CHANGED)


def ready(url):
    """Waits until Keystone answers."""
    wait_for(f"Keystone does not answer on {url}", lambda: answers(f"{url}/v3"), 120, "keystone")


def resources(*, url, password, region, project, services, roles):
    """Creates projects, roles, users, services and endpoints, as tripleo_keystone_resources does."""
    ready(url)
    identity = Identity(url, password)
    project_id = identity.project(project)
    for role in ["admin", "service", *roles]:
        identity.role(role)
    for name, service in services.items():
        for user, described in (service.get("users") or {}).items():
            user_id = identity.user(user, described["password"], project_id)
            for role in described.get("roles") or ["admin"]:
                identity.assign(project_id, user_id, role)
        if "service" not in service:
            # An entry with users alone: its service is another entry.
            continue
        service_id = identity.service(name, service["service"])
        for interface, endpoint in service["endpoints"].items():
            identity.endpoint(service_id, interface, service.get("region") or region, endpoint)
