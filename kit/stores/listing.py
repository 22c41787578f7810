"""The list of stores."""

import registry
from lab import CONTROL
from stores import update


def listing(lab):
    """
    All stores, each with the keys of its entry that are for callers. own: whether it is the control plane's
    own store. included: whether the control plane has the store.
    """
    included = update.included(lab)
    found = []
    for store, entry in registry.known(lab).items():
        own = entry["site"] == CONTROL
        found.append(
            {
                **{
                    key: entry[key]
                    for key in ("store", "site", "description", "cluster", "stack", "node", "client", "pools")
                    if entry.get(key)
                },
                "own": own,
                "included": own or included.get(store) == entry["digest"],
            }
        )
    return found
