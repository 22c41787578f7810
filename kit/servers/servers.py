"""
Servers that show what an image is worth at a site: Nova boots them in the site's zone, the kit looks at their
disk and console, and removes those that nobody asked to keep.

    servers/<site>     lock: one proof at a time at a site, so that what one has left is known to be nobody's
    servers/needs      lock: flavor and network are made once
"""

import contextlib
import math
import os
import re
import signal
import time

import documents
from ceph import rbd
from cloud.glance import Glance
from cloud.imports import named, stores_of
from cloud.nova import SERVICES, Nova
from common import KitError, duration, refuse, say
from images import caches
from images.caches import Caches
from jobs import fragments
from jobs.locks import Lock
from servers import computes

NEEDS = "glance-dcn"
"""Name of the flavor and of the network that servers get where none is named."""

# disk 0: as large as the image, whatever that is; only an administrator may (nova policies/servers.py).
_FLAVOR = {"name": NEEDS, "vcpus": 1, "ram": 512, "disk": 0}
_CIDR = "192.168.253.0/24"

_BOOT_SECONDS = 900
_GONE_SECONDS = 180
_CONSOLE_SECONDS = 300
_QUIET_SECONDS = 20
"""A console that has said nothing new for so long, and never that it is ready, says no more."""
_CONSOLE_LINES = 40
_READY = re.compile(r"login: *$|\bready\b|cloud-init .*finished", re.M | re.I)
_BEAT_SECONDS = 5
_PAUSE_SECONDS = 0.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SERVER = r"[A-Za-z0-9][A-Za-z0-9._-]*"


def read_document(text, keeps):
    """
    Reads and checks the document of `servers boot` (`keeps`: it has a name) and `servers prove`. Throws
    Refused with all its faults.
    """
    what = "server document"
    reader = documents.Reader(what, documents.parse(what, text))
    site = reader.text("site", documents.NAME)
    document = {
        "site": site,
        "zone": reader.text("zone", documents.NAME),
        "image": reader.text("image"),
        "name": reader.text("name", _SERVER) if keeps else f"{NEEDS}-verify-{site}",
        "flavor": reader.text("flavor", default=""),
        "network": reader.text("network", default=""),
        # Whether its disk is a volume of Cinder.
        "volume": reader.text("volume", "true|false", "false") == "true",
        # Whether the image is an operating system, which has something to say on its console.
        "system": reader.text("system", "true|false", "true") == "true",
        # Where its disk lies; local, if that is not there.
        "cluster": reader.text("cluster", documents.CLUSTER, ""),
    }
    if document["cluster"]:
        document.update(rbd.read_access(reader, site))
    reader.finish()
    return document


def boot(lab, text):
    """
    Boots a server that stays, and gives what was seen (`_Order.look`). One that Nova gives up is removed; one
    that is not waited for any more (Ctrl-C) is not.
    """
    order = _Order(lab, read_document(text, keeps=True))
    order.check()
    server_id = order.start()
    try:
        return order.look(server_id)
    except _GivenUp:
        order.remove([server_id])
        raise


def prove(lab, text):
    """
    Boots a server from an image that is at a site, gives what was seen (`_Order.look`), and removes it in any
    case; so it does with one that an earlier proof has left whose process was killed.
    """
    asked = read_document(text, keeps=False)
    order = _Order(lab, asked)
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    with _alone(lab, asked["site"], f"the proof of {asked['image']} at {asked['site']}"):
        order.check(at_site=True)
        try:
            return order.look(order.start())
        except KeyboardInterrupt:
            raise _Interrupted(f"server {order.name}: interrupted, and removed") from None
        finally:
            # Whoever wants this to end wants the server removed: no second signal may keep that back.
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            order.remove(order.there())


class _GivenUp(KitError):
    """Nova has given a server up."""


class _Interrupted(KitError):
    """A signal has ended it."""

    exit_code = 130


class _Order:
    """A server that is wanted: `asked` is its document."""

    def __init__(self, lab, asked):
        self._lab = lab
        self._asked = asked
        self._nova = Nova(fragments.CONTROL)
        self._glance = Glance(fragments.CONTROL)
        self.name = asked["name"]
        self._began = 0.0

    def check(self, at_site=False):
        """
        Throws Refused with all that speaks against the server, and says what will become of the image.

        at_site: it must be there already.
        """
        asked, site = self._asked, self._asked["site"]
        wanted = ["compute", "network", *(["volumev3"] if asked["volume"] else [])]
        refuse(
            f"control plane: its catalog has no {SERVICES[service]} ({service}); bring up its stack again"
            for service in self._nova.missing(wanted)
        )
        self._told = computes.settings(site)
        faults = self._zone_faults()
        images = named(self._glance, [asked["image"]], faults)
        self._image = images[0] if images else None
        if self._image:
            faults += self._image_faults(at_site)
        if asked["volume"] and not asked["cluster"]:
            faults.append(f"site {site}: has no Ceph cluster, and so no volumes; boot without one")
        there = self.there()
        if there and not at_site:
            faults.append(
                f"server {self.name}: there is one of this name; take another name, or remove it "
                f"(openstack server delete {self.name})"
            )
        self._flavor = self._chosen("flavor", self._nova.flavors, faults)
        self._network = self._chosen("network", self._nova.networks, faults)
        refuse(faults)
        if there:
            say(f"server {self.name}: is left of an earlier proof, and removed")
            self.remove(there)
        say(f"image {self._image['name']} at {site}: {_WORDS[self._outcome]}")
        say(self._why)

    def _zone_faults(self):
        site, zone = self._asked["site"], self._asked["zone"]
        zones = self._nova.zones()
        if zone not in zones:
            return [
                f"site {site}: Nova has no availability zone {zone} with a nova-compute (it has "
                f"{', '.join(sorted(zones)) or 'none'}); bring up the site's stack again"
            ]
        if any(zones[zone].values()):
            return []
        return [
            f"site {site}: no nova-compute of its zone is up and enabled ({', '.join(sorted(zones[zone]))}): "
            "look at the WAN to it and at these hosts; servers that run there go on meanwhile"
        ]

    def _image_faults(self, at_site):
        image, site = self._image, self._asked["site"]
        called = f"image {image['name']} ({image['id']})"
        if image["status"] != "active":
            return [f"{called}: is {image['status']}, servers start from active ones only"]
        in_ceph = not caches.used(self._lab)
        self._outcome, self._why = computes.outcome(image, self._told, in_ceph)
        remedy = f"copy it there first: images copy {image['name']} --to {site}"
        if self._outcome == computes.REFUSED:
            return [f"{called}: Nova will not start a server from it at {site}: {self._why}; {remedy}"]
        if at_site and in_ceph and self._told["store"] not in stores_of(image):
            return [f"{called}: has no copy at {site}, where it should be; {remedy}"]
        return []

    def _chosen(self, kind, listing, faults):
        wanted = self._asked[kind]
        if not wanted:
            return None
        found = [one for one in listing() if wanted in (one["id"], one["name"])]
        if len(found) != 1:
            faults.append(
                f"{kind} {wanted}: {len(found) or 'none'} of this name or id; see openstack {kind} list"
            )
        return found[0] if found else None

    def start(self):
        """Asks Nova for the server and gives its id."""
        asked, image = self._asked, self._image
        with _alone(self._lab, "needs", "another server's flavor and network"):
            flavor = self._flavor or _flavor(self._nova)
            network = self._network or _network(self._nova)
        fields = {
            "name": self.name,
            "flavorRef": flavor["id"],
            "availability_zone": asked["zone"],
            "networks": [{"uuid": network["id"]}],
            # What it needs to know comes with its disk, not over the WAN from a metadata service.
            "config_drive": True,
        }
        if asked["volume"]:
            fields["block_device_mapping_v2"] = [
                {
                    "boot_index": 0,
                    "uuid": image["id"],
                    "source_type": "image",
                    "destination_type": "volume",
                    "volume_size": _gibibytes(image),
                    "delete_on_termination": True,
                }
            ]
        else:
            fields["imageRef"] = image["id"]
        self._cached = self._in_caches()
        self._began = time.monotonic()
        # A signal in the middle would leave a server that nobody has seen.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            return self._nova.create(fields)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def look(self, server_id):
        """
        Waits for the server, and looks at it: {server, name, image, imageId, site, host, activeSeconds,
        outcome, source, disk, parent, virtualBytes, usedBytes, console, consoleSeconds, faults}.

        Seconds count from the request. outcome: one of computes.py. source: in a lab with caches, what gave
        the image. disk: 'pool/name' in the site's cluster, with what `rbd.disk` says of it; None if it is
        local. console: ready, written (something, but not that it is ready), silent, or none (no operating
        system). faults: what is not as it should be.
        """
        server = self._active(server_id)
        seconds = time.monotonic() - self._began
        say(f"server {self.name}: is ACTIVE after {seconds:.1f} s")
        asked, image = self._asked, self._image
        row = {
            "server": server_id,
            "name": self.name,
            "image": image["name"],
            "imageId": image["id"],
            "site": asked["site"],
            "host": server.get("OS-EXT-SRV-ATTR:host"),
            "activeSeconds": round(seconds, 1),
            "outcome": self._outcome,
            "source": self._source(),
            **self._disk(server),
            **(self._console(server_id) if asked["system"] else {"console": "none", "consoleSeconds": None}),
        }
        return {**row, "faults": self._faults(row)}

    def _faults(self, row):
        site, image = self._asked["site"], f"image {row['image']} ({row['imageId']})"
        parent = f"{rbd.IMAGES}/{row['imageId']}@snap"
        faults = []
        if row["disk"] and self._outcome in (computes.CLONE, computes.COPIED) and row["parent"] != parent:
            faults.append(
                f"{image}: at {site} the disk {row['disk']} is not its clone (parent: "
                f"{row['parent'] or 'none'}); nova-compute's log on {row['host']} says why"
            )
        if row["console"] == "silent":
            faults.append(
                f"{image}: at {site} its server has written nothing to its serial console in "
                f"{_CONSOLE_SECONDS} s; does the image boot, and with console=ttyS0?"
            )
        return faults

    def _active(self, server_id):
        limit = _BOOT_SECONDS + (self._told["copySeconds"] if self._outcome == computes.COPIED else 0)
        beat = _Beat()
        while True:
            server = self._nova.server(server_id)
            if server is None:
                raise KitError(f"server {self.name}: somebody has removed it meanwhile")
            spent, status = time.monotonic() - self._began, server["status"]
            if status == "ACTIVE":
                return server
            called = f"server {self.name}: at {self._asked['site']}"
            if status == "ERROR":
                fault = (server.get("fault") or {}).get("message") or "Nova does not say why"
                raise _GivenUp(
                    f"{called} Nova gave it up after {duration(spent)}: {fault}; nova-conductor's log at the "
                    "control plane and nova-compute's at the site say more"
                )
            doing = f"{status}, {server.get('OS-EXT-STS:task_state') or 'no task'}"
            if spent > limit:
                raise _GivenUp(
                    f"{called} it is not ACTIVE after {duration(spent)} but {doing}; look at the WAN to the "
                    "site and at nova-compute's log there"
                )
            beat.say(f"{called}, {doing}, {duration(spent)}")
            time.sleep(_PAUSE_SECONDS)

    def _disk(self, server):
        asked = self._asked
        if not asked["cluster"] or not (asked["volume"] or self._told["ceph"]):
            return {"disk": None, "parent": None, "virtualBytes": None, "usedBytes": None}
        if asked["volume"]:
            volumes = server["os-extended-volumes:volumes_attached"]
            name = f"{rbd.VOLUMES}/volume-{volumes[0]['id']}"
        else:
            name = f"{rbd.SERVERS}/{server['id']}_disk"
        return {"disk": name, **rbd.disk(self._lab, asked, name)}

    def _console(self, server_id):
        text, since = "", time.monotonic()
        end, beat = since + _CONSOLE_SECONDS, _Beat()
        while True:
            found, moment = self._nova.console(server_id, _CONSOLE_LINES).strip(), time.monotonic()
            if found != text:
                text, since = found, moment
            if _READY.search(text):
                return self._said("ready", moment)
            if moment > end or (text and moment - since > _QUIET_SECONDS):
                return self._said("written" if text else "silent", since)
            state = "is not ready yet" if text else "has written nothing to its console yet"
            beat.say(f"server {self.name}: {state}, {duration(moment - self._began)}")
            time.sleep(1)

    def _said(self, state, moment):
        return {"console": state, "consoleSeconds": round(moment - self._began, 1)}

    def _in_caches(self):
        """Nodes of the site whose caches hold the image -> how often they gave it; {} without caches."""
        site = self._asked["site"]
        if site not in caches.known(self._lab):
            return {}
        states = Caches(self._lab, self._glance, [site]).states()
        held = {state["node"]: state["cached"].get(self._image["id"]) for state in states}
        return {node: entry["hits"] for node, entry in held.items() if entry}

    def _source(self):
        """What has given the image, in a lab with caches; None in others."""
        if not caches.used(self._lab):
            return None
        now = self._in_caches()
        given = [node for node, hits in now.items() if hits > self._cached.get(node, hits)]
        fetched = [node for node in now if node not in self._cached]
        if given:
            return f"the cache of {', '.join(given)}"
        if fetched:
            return f"Swift, into the cache of {', '.join(fetched)}"
        return "what its host had kept of an earlier server"

    def there(self):
        """Ids of all servers of its name."""
        return [server["id"] for server in self._nova.servers(self.name)]

    def remove(self, ids):
        """Removes servers, and returns when they are gone; they may be gone already."""
        for server_id in ids:
            self._nova.delete(server_id)
        until = time.monotonic() + _GONE_SECONDS
        for server_id in ids:
            while self._nova.server(server_id) is not None:
                if time.monotonic() > until:
                    raise KitError(
                        f"server {self.name} ({server_id}): is not gone after {_GONE_SECONDS} s; see to "
                        "nova-compute at its site, then openstack server delete it"
                    )
                time.sleep(0.5)


_WORDS = {
    computes.CLONE: "the server's disk will be a clone",
    computes.COPIED: "the whole image will cross the WAN",
    computes.FLAT: "the server's disk will be a full copy",
}


def _gibibytes(image):
    """The size of a volume that holds an image, in Cinder's unit."""
    size = max(image.get("virtual_size") or 0, image["size"] or 0)
    return max(1, image.get("min_disk") or 0, math.ceil(size / 2**30))


def _flavor(nova):
    there = [flavor for flavor in nova.flavors() if flavor["name"] == NEEDS]
    return there[0] if there else nova.make_flavor(_FLAVOR)


def _network(nova):
    there = [network for network in nova.networks() if network["name"] == NEEDS]
    if not there:
        return nova.make_network(NEEDS, _CIDR)
    if not there[0]["subnets"]:
        nova.make_subnet(there[0]["id"], NEEDS, _CIDR)
    return there[0]


class _Beat:
    """Says how it stands, now and then."""

    def __init__(self):
        self._told = time.monotonic()

    def say(self, text):
        if time.monotonic() - self._told > _BEAT_SECONDS:
            self._told = time.monotonic()
            say(text)


@contextlib.contextmanager
def _alone(lab, name, holder):
    """For as long as it is entered, nobody else has the lock servers/<name>; waits for who does."""
    lock = Lock(os.path.join(lab.directory, "servers", name))
    beat = _Beat()
    while not lock.acquire(holder, wait=False):
        other = lock.holder() or {}
        beat.say(f"waits for {other.get('holder', 'another')}, since {other.get('since', '?')[:19]}Z")
        time.sleep(0.3)
    try:
        yield
    finally:
        lock.release()


def _interrupt(*_):
    raise KeyboardInterrupt
