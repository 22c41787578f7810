"""
Gives a site back what an unfinished destruction has taken away.

A resource of Pulumi whose deletion has failed, or whose Pulumi was killed meanwhile, stays in the state as it
was. If the site is brought up after all, Pulumi does not create such a resource again. So each `pulumi up`
that comes after a destruction has begun runs this verb last.
"""

from images import keeper
from jobs import runs
from stores import restore as stores


def restore(lab, site, grace):
    """
    Runs jobs again whose teardown has failed, keeps the site's caches again, registers its store again, and
    copies the images to it that were removed. Does nothing if no destruction has begun since the site was up.

    Args:
        grace: as in `announcements.announcements`.

    Returns:
        {site}.

    Raises:
        KitError: a part failed; another call does the rest.
    """
    runs.restore(lab, site)
    keeper.restore(lab, site)
    stores.restore(lab, site, grace)
    return {"site": site}
