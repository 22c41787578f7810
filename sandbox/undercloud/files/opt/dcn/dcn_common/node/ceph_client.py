"""Files of Ceph's clients on this node, after the templates of the role tripleo_ceph_client."""

import grp

from host import directory, put, run

GROUP = "ceph-clients"
READERS = ("cinder", "glance", "nova")


def configure(homes, clusters):
    """Writes CLUSTER.conf and CLUSTER.client.NAME.keyring of each cluster into each directory of `homes`."""
    for home in homes:
        directory(home)
        access = _access(home)
        for cluster in clusters:
            put(f"{home}/{cluster['name']}.conf", conf(cluster))
            for key in cluster["keys"]:
                file = f"{home}/{cluster['name']}.{key['name']}.keyring"
                put(file, keyring(key), *access)


def _access(home):
    """Mode, owner and group of a keyring in this directory. With TripleO, Kolla copies keyrings into each
    service's container; here the services' users read those in /etc/ceph as members of a group.
    """
    if home != "/etc/ceph":
        return 0o600, "root", "root"
    run(["groupadd", "--force", "--system", GROUP])
    for name in READERS:
        if name not in grp.getgrnam(GROUP).gr_mem:
            run(["usermod", "--append", "--groups", GROUP, name])
    return 0o640, "root", GROUP


def admin_files(cluster):
    """Returns the administrator's files {path: text} of a cluster, which `ceph deploy` wrote on this host."""
    files = {}
    for path in (f"/etc/ceph/{cluster}.conf", f"/etc/ceph/{cluster}.client.admin.keyring"):
        with open(path) as file:
            files[path] = file.read()
    return files


def put_admin_files(files):
    """Writes the administrator's files {path: text} on this host."""
    for path, text in files.items():
        put(path, text, 0o600 if path.endswith(".keyring") else 0o644)


def conf(cluster):
    """Text of a client's ceph.conf, as templates/ceph_conf.j2 renders it."""
    client = "".join(f"{name} = {value}\n" for name, value in cluster["client"].items())
    return (
        f"[global]\nfsid = {cluster['fsid']}\nmon host = {cluster['monitors']}\n"
        + (f"\n[client]\n{client}" if client else "")
        + "\n[client.libvirt]\nadmin socket = /var/run/ceph/$cluster-$type.$id.$pid.$cctid.asok\n"
        "log file = /var/log/ceph/qemu-guest-$pid.log\n"
    )


def keyring(key):
    """Text of a keyring, as templates/ceph_key.j2 renders it."""
    caps = "".join(f"   caps {kind} = {cap}\n" for kind, cap in key["caps"].items())
    return f'[{key["name"]}]\n   key = "{key["key"]}"\n{caps}'
