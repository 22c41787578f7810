"""Checks whether Nova will start a server from an image at a site, and what disk it will get."""

from cloud.glance import Glance
from cloud.imageinfo import find_images, is_importing, stores_of
from cloud.nova import SERVICES, Nova
from errors import refuse
from images import caches
from output import say
from servers import computes

_OUTCOMES = {
    computes.CLONE: "the server's disk will be a clone",
    computes.COPIED: "the whole image will cross the WAN",
    computes.FLAT: "the server's disk will be a full copy",
}


class Order:
    """
    A request for a server.

    Attributes:
        document: the server's, as from `read_document`.
        nova, glance: clients of the control plane.
        name: the server's name.

    Attributes after `check`:
        image: the image as in Glance's API.
        as_tenant: whether a tenant asks for the server, in the document's project; else the administrator.
        settings: of the site's nova-computes, as from computes.settings.
        outcome, why: how the server gets its disk, as from computes.outcome.
        flavor, network: those of the document, as in Nova's and Neutron's API; None if it has none.
    """

    def __init__(self, lab, document):
        self.lab = lab
        self.document = document
        self.nova = Nova(lab)
        self.glance = Glance(lab)
        self.name = document["name"]

    def check(self, at_site=False):
        """
        Looks up everything that the server needs.

        Args:
            at_site: whether the image must be at the site already. If so, a server of the same name is no
                fault.

        Raises:
            Refused: one line for each reason why Nova would not start the server.
        """
        document, site = self.document, self.document["site"]
        services = ["compute", "network", *(["volumev3"] if document["volume"] else [])]
        refuse(
            f"control plane: its catalog has no {SERVICES[service]} ({service}); bring up its stack again"
            for service in self.nova.missing(services)
        )
        self.settings = computes.settings(self.lab, site)
        faults = self._zone_faults()
        images = find_images(self.glance, [document["image"]], faults)
        if images:
            self.image = images[0]
            self.as_tenant = not document["asAdmin"] and self.image["visibility"] in computes.FOR_ALL
            faults += self._image_faults(at_site)
        if document["volume"] and not document["cluster"]:
            faults.append(f"site {site}: has no Ceph cluster, and so no volumes; boot without one")
        existing = [] if at_site else self.servers()
        if existing:
            faults.append(
                f"server {self.name}: a server of this name exists; take another name, or remove it "
                f"(openstack server delete {' '.join(existing)})"
            )
        self.flavor = self._find("flavor", self.nova.flavors, faults)
        self.network = self._find("network", self.nova.networks, faults)
        if images and self.as_tenant:
            faults += self._faults_for_tenants()
        refuse(faults)

    def say_outcome(self):
        """Reports how the server will get its disk, and why, and who asks for it."""
        say(f"image {self.image['name']} at {self.document['site']}: {_OUTCOMES[self.outcome]}")
        say(self.why)
        if not self.as_tenant and not self.document["asAdmin"]:
            say(
                f"image {self.image['name']}: its visibility is {self.image['visibility']}, and a tenant of "
                "another project may not see it: the administrator asks for the server"
            )

    def servers(self):
        """Ids of the servers of the order's name that the administrator's user has asked for."""
        user = self.nova.keystone.identity().user
        return [server["id"] for server in self.nova.servers(self.name) if server["user_id"] == user]

    def _zone_faults(self):
        site, zone = self.document["site"], self.document["zone"]
        zones = self.nova.zones()
        if zone not in zones:
            return [
                f"site {site}: Nova has no availability zone {zone} with a nova-compute (it has "
                f"{', '.join(sorted(zones)) or 'none'}); bring up the site's stack again"
            ]
        if any(zones[zone].values()):
            return []
        return [
            f"site {site}: no nova-compute of its zone is up and enabled ({', '.join(sorted(zones[zone]))}): "
            "check the WAN to it and these hosts; running servers there are not affected"
        ]

    def _image_faults(self, at_site):
        image, site = self.image, self.document["site"]
        label = f"image {image['name']} ({image['id']})"
        if image["status"] != "active":
            return [f"{label}: is {image['status']}, servers start only from active images"]
        in_ceph = not caches.used(self.lab)
        self.outcome, self.why = (
            computes.outcome_of_volume(image, self.settings, in_ceph)
            if self.document["volume"]
            else computes.outcome(image, self.settings, in_ceph, self.as_tenant)
        )
        remedy = f"copy it there first: images copy {image['name']} --to {site}"
        if self.outcome == computes.REFUSED:
            return [f"{label}: no server will start from it at {site}: {self.why}; {remedy}"]
        if at_site and in_ceph and self.settings["store"] not in stores_of(image):
            return [f"{label}: has no copy at {site}, where it should be; {remedy}"]
        if self.outcome == computes.COPIED:
            return self._faults_of_copy(f"{label}: no server will start from it at {site} now")
        return []

    def _faults_of_copy(self, start):
        """Faults by which Glance would refuse Nova's request for a copy, upon which Nova gives up at once."""
        store = self.settings["store"]
        if store not in self.glance.stores():
            return [
                f"{start}: the control plane's Glance does not have store {store} yet; bring up the site's "
                "stack, which registers the store"
            ]
        if is_importing(self.image):
            # Image API v2 answers 409 (glance api/v2/images.py _enforce_import_lock).
            return [
                f"{start}: an image is copied to one place at a time, and Glance is copying this one; "
                "boot again when the copy is complete (`./dcn images`)"
            ]
        return []

    def _faults_for_tenants(self):
        """Faults of a flavor and a network of the document that no tenant may use."""
        flavor, network = self.flavor, self.network
        faults = []
        if flavor and not flavor["os-flavor-access:is_public"]:
            faults.append(
                f"flavor {flavor['name']}: is not public, and a tenant cannot use it; take another one, or "
                "--as-admin"
            )
        if flavor and not flavor["disk"] and not self.document["volume"]:
            faults.append(
                f"flavor {flavor['name']}: has no disk (0 GiB), and Nova lets only administrators boot "
                "servers with it (policy zero_disk_flavor); take another one, --volume, or --as-admin"
            )
        if network and "*" not in self.nova.users_of(network["id"]):
            faults.append(
                f"network {network['name']}: is not shared with all projects, and a tenant cannot use it; "
                "take another one, or --as-admin"
            )
        return faults

    def _find(self, kind, listing, faults):
        name = self.document[kind]
        if not name:
            return None
        found = [entry for entry in listing() if name in (entry["id"], entry["name"])]
        if len(found) != 1:
            faults.append(
                f"{kind} {name}: {len(found) or 'none'} of this name or id; see openstack {kind} list"
            )
        return found[0] if found else None
