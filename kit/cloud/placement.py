"""What the control plane's Placement knows of nova-compute hosts (Placement API, microversion 1.3)."""

from cloud.keystone import CloudError, Keystone

_VERSION = {"OpenStack-API-Version": "placement 1.3"}


class Placement:
    """
    A client with the credentials of the control plane's administrator.

    Args:
        lab: as in `Keystone`.
    """

    def __init__(self, lab):
        self._keystone = Keystone(lab)

    def aggregates(self, provider):
        """UUIDs of the aggregates of a resource provider; None if Placement does not know the provider."""
        try:
            return self._get(f"/resource_providers/{provider}/aggregates")["aggregates"]
        except CloudError as error:
            if error.status == 404:
                return None
            raise

    def free(self, provider):
        """
        What a server can get of each resource class of a provider, such as {"VCPU": 3, "MEMORY_MB": 512}:
        what is left, and at most what one consumer may have (max_unit).
        """
        path = f"/resource_providers/{provider}"
        used = self._get(f"{path}/usages")["usages"]
        return {
            name: min(
                int((one["total"] - one["reserved"]) * one["allocation_ratio"]) - used.get(name, 0),
                one["max_unit"],
            )
            for name, one in self._get(f"{path}/inventories")["inventories"].items()
        }

    def _get(self, path):
        return self._keystone.call("placement", "GET", path, headers=_VERSION)
