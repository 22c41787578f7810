"""
Gives a site back what an unfinished destruction has taken away.

A resource of Pulumi whose deletion has failed, or whose Pulumi was killed meanwhile, stays in the state as it
was. If the site is brought up after all, Pulumi does not create such a resource again. So each `pulumi up`
that comes after a destruction has begun runs this verb last.
"""

import documents
import stores.restore
from hosts import inventory
from images import keeper, ways
from jobs import runs


def restore(lab, site, text, grace):
    """
    Gives the site its inventory back, runs steps again that were undone, keeps the site's caches again,
    registers its store again, and copies the images to it that were removed. Does nothing if no destruction
    has begun since the site was up.

    Args:
        text: {steps: [name]} as YAML, the steps of the site in the plan.
        grace: as in `announcements.announcements`.

    Returns:
        {site}.

    Raises:
        Refused: the document is wrong.
        KitError: a part failed; another call does the rest.
    """
    reader = documents.Reader("site document", documents.parse("site document", text))
    steps = reader.texts("steps", documents.NAME)
    reader.finish()
    # Without the inventory, the next check of the hosts takes the disks of their OSDs for foreign ones.
    inventory.restore(lab, site)
    runs.restore(lab, site, steps)
    keeper.restore(lab, site)
    stores.restore.restore(lab, site, grace, ways.copy_back)
    return {"site": site}
