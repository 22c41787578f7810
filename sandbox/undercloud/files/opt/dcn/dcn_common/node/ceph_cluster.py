"""Commands to the monitors of a Ceph cluster, over one connection."""

import json
import os

import rados

from host import Failure, log

CONNECT_SECONDS = "20"


def keyring(entity, key, caps):
    """Section of a keyring file."""
    return "".join(
        [f"[{entity}]\n\tkey = {key}\n", *(f'\tcaps {kind} = "{cap}"\n' for kind, cap in caps.items())]
    )


class Cluster:
    """A client of a cluster.

    Args:
        name: of the cluster.
        user: the cephx user of the connection.
        keys: file of the user's keyring; default: the administrator's, where cephadm writes it.
    """

    def __init__(self, name, user="client.admin", keys=None):
        self.name = name
        self._user = user
        self._keys = keys or f"/etc/ceph/{name}.client.admin.keyring"
        self._connection = None

    def command(self, prefix, text="", **arguments):
        """Sends a command with `text` as its input; returns its output.

        Raises:
            Failure: the monitors refuse it or do not answer; the message has their reason.
        """
        if not os.path.exists(f"/etc/ceph/{self.name}.conf"):
            raise Failure(
                f"/etc/ceph/{self.name}.conf does not exist: no Ceph cluster {self.name} was deployed here"
            )
        if self._connection is None:
            self._connection = rados.Rados(
                name=self._user,
                conffile=f"/etc/ceph/{self.name}.conf",
                conf={"keyring": self._keys, "client_mount_timeout": CONNECT_SECONDS},
            )
        try:
            if self._connection.state != "connected":
                self._connection.connect(timeout=int(CONNECT_SECONDS))
            request = json.dumps({"prefix": prefix, **arguments})
            code, output, reason = self._connection.mon_command(request, text.encode())
        except rados.Error as error:
            self._connection = None
            raise Failure(f"cluster {self.name} does not answer: {error}") from None
        if code:
            raise Failure(f"cluster {self.name}, `{prefix}`: {reason or code}")
        return output.decode()

    def ask(self, prefix, **arguments):
        """Sends a command; returns its answer, parsed from JSON. Raises as command()."""
        return json.loads(self.command(prefix, format="json", **arguments))

    def key(self, entity, caps):
        """Returns the key of a daemon; creates it if it does not exist."""
        pairs = [part for pair in caps.items() for part in pair]
        return self.command("auth get-or-create-key", entity=entity, caps=pairs).strip()

    def new_osd(self, identity, secret, device_class=None):
        """Registers a new OSD; returns its number as text. Without a class, the OSD finds its own."""
        secrets = {"cephx_secret": secret, **({"crush_device_class": device_class} if device_class else {})}
        return self.command("osd new", json.dumps(secrets), uuid=identity).strip()

    def pool(self, wanted):
        """Creates a pool, unless there is one of its name, as the last release of tripleo-ansible does: it
        reads no number of copies. The autoscaler's mode is the cluster's.

        Args:
            wanted: the pool as tripleo-ansible describes it.
        """
        name = wanted["name"]
        present = {
            pool["pool_name"]: pool["application_metadata"]
            for pool in self.ask("osd pool ls", detail="detail")
        }
        if name not in present:
            self.command("osd pool create", pool=name, **_creation(wanted))
            log(f"pool {name}")
        if wanted["application"] not in present.get(name, {}):
            self.command("osd pool application enable", pool=name, app=wanted["application"])

    def crush_rule(self, wanted):
        """Creates a CRUSH rule, unless there is one of its name."""
        names = {"name": wanted["name"], "root": wanted["root"], "type": wanted["type"]}
        kind = {"class": wanted["class"]} if "class" in wanted else {}
        self.command("osd crush rule create-replicated", **names, **kind)

    def host_bucket(self, host, buckets):
        """Creates a host's bucket in CRUSH below `buckets` {type: name}, as cephadm does. One that is there
        stays in its place.
        """
        places = [f"{kind}={name}" for kind, name in buckets.items()]
        self.command("osd crush add-bucket", name=host, type="host", args=places)

    def user(self, entity, key, caps):
        """Creates or updates a user with exactly this key and these capabilities."""
        try:
            present = self.ask("auth get", entity=entity)[0]
        except Failure:
            present = {}
        if present.get("key") != key or present.get("caps") != caps:
            self.command("auth import", keyring(entity, key, caps))
            log(f"user {entity}")

    def monitors(self):
        """Returns the monitors' addresses in the form of `mon host` in ceph.conf."""
        vectors = (mon["public_addrs"]["addrvec"] for mon in self.ask("mon dump")["mons"])
        return ",".join(
            "[{}]".format(",".join(f"{part['type']}:{part['addr']}/{part['nonce']}" for part in vector))
            for vector in vectors
        )


def _creation(pool):
    options = {"pool_type": "replicated"}
    if pool.get("pg_num"):
        options["pg_num"] = int(pool["pg_num"])
    if pool.get("rule_name"):
        options["rule"] = pool["rule_name"]
    if pool.get("target_size_ratio"):
        options["target_size_ratio"] = float(pool["target_size_ratio"])
    return options
