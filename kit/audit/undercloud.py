"""Audits the undercloud: the lab's kit, room on its disk, and the control plane's certificates."""

import os
import shutil

from audit.findings import error, warning
from cloud import publictls
from cloud.certificates import SOON_DAYS
from hosts.undercloud import FREE_GIB
from lab import CONTROL

_NOW_DAYS = 7
"""A certificate that expires sooner is an error."""


def audit(lab, wanted):
    """
    The findings about the undercloud itself.

    Args:
        wanted: the digest of the kit that the lab is to have.
    """
    # The link, not the folder of this process: new processes run what the link names.
    kit = os.path.basename(os.path.realpath(lab.kit))
    free = shutil.disk_usage(lab.directory).free
    return kit_findings(kit, wanted) + disk_findings(lab.directory, free)


def kit_findings(kit, wanted):
    """
    Args:
        kit: the digest of the lab's kit.
        wanted: as in `audit`.
    """
    if kit == wanted:
        return []
    what = f"the kit on the undercloud is {kit}, and that of the checkout {wanted}"
    return [warning("kit-version", None, what, "./dcn up")]


def disk_findings(directory, free):
    """
    Args:
        directory: of the lab.
        free: bytes on its disk.
    """
    gib = free / 2**30
    if gib >= FREE_GIB:
        return []
    what = f"{directory}: {gib:.1f} GiB are free, and jobs need {FREE_GIB} for logs, exports and images"
    return [error("undercloud-disk", None, what, f"./dcn ssh undercloud df -h {directory}")]


def audit_certificates(lab, timeout):
    """
    The findings about certificates of public end points.

    Args:
        timeout: seconds to wait for each end point.
    """
    return certificate_findings(publictls.listing(lab, timeout))


def certificate_findings(certificates):
    """
    Args:
        certificates: as publictls.listing gives them.
    """
    found = []
    for entry in certificates:
        place, days = entry["endpoint"], entry["days"]
        look = f"openssl s_client -connect {place} -showcerts"
        if entry["fault"]:
            what = f"{place}: certificate: {entry['fault']}"
            found.append(error("certificate", CONTROL, what, look))
        elif days < SOON_DAYS:
            severe = error if days < _NOW_DAYS else warning
            what = f"{place}: the certificate expires within {days + 1} days"
            found.append(severe("certificate", CONTROL, what, look))
    return found
