"""An audit of sites: gathers facts side by side, and gives all findings."""

import registry
from audit import clusters, contents, document, findings, glance, nodes, record, records, services, undercloud
from clock import stamp
from cloud.keystone import IMPATIENT
from errors import KitError, Refused
from hosts import inventory
from lab import CONTROL
from parallel import each
from stores import announcements, update

_AT_ONCE = 12
"""Parts of an audit at a time: each site has up to 16 connections at a time."""

_UNREAD = "unread"


def audit(lab, text, names, content_bytes):
    """
    Looks for differences between what stands, the records and the lab file. Changes nothing but its own
    records.

    Args:
        text: the document as YAML; '': the recorded one.
        names: sites to audit; []: all, and the undercloud.
        content_bytes: how much to read back of the images in each site's store; 0: nothing.

    Returns:
        {at, atTick, sites, skipped, content, findings}. sites: names of the audited sites; skipped: {site:
        why it was not audited}; content: what was read back, as in contents.audit; findings: as in
        audit.findings, in order, with since.

    Raises:
        Refused: the document is wrong or missing, or the lab file has no such site.
    """
    wanted = document.read(lab, text)
    in_file = [site["site"] for site in wanted["sites"]]
    unknown = [name for name in names if name not in in_file]
    if unknown:
        raise Refused(f"audit: {', '.join(unknown)}: no site of the lab file; sites: {', '.join(in_file)}")
    known = records.read(lab)
    moving = _moving(lab, known["jobs"])
    skipped = {
        site["site"]: why for site in wanted["sites"] if (why := _why_not(site, known["jobs"], moving))
    }
    asks_services = bool(registry.own(lab)) and CONTROL not in skipped
    if CONTROL in skipped:
        skipped[CONTROL] += "; Glance, Nova, Neutron and Cinder are not asked"
    sites = [site for site in wanted["sites"] if site["site"] not in skipped]
    chosen = [site for site in sites if not names or site["site"] in names]
    steps = {site["site"]: site["steps"] for site in wanted["sites"]}
    hosts = {node["name"] for site in wanted["sites"] for node in site["nodes"]}
    hosts |= {name for site in known["hosts"] for name in inventory.read(lab, site)}
    content = []
    works = [
        lambda: records.job_findings(steps, known["jobs"], _is_updated(lab)),
        lambda: _but_of(moving, records.leftover_findings(lab, in_file, known)),
        lambda: _but_of(moving, records.environment_findings(known["jobs"])),
        lambda: undercloud.audit(lab, wanted["kit"]),
    ]
    if asks_services:
        are_settled = not records.is_updating(known["jobs"])
        works += [
            lambda: _but_of(skipped, glance.audit(lab, wanted["images"], are_settled, IMPATIENT)),
            lambda: contents.audit(lab, [site["site"] for site in chosen], content_bytes, IMPATIENT, content),
            lambda: services.audit(lab, sites, hosts, IMPATIENT),
            lambda: undercloud.audit_certificates(lab, IMPATIENT["timeout"]),
        ]
    works += [lambda site=site: _site(lab, site, wanted["storage"], known["jobs"]) for site in chosen]
    found = [one for part in each(works, _found_by, _AT_ONCE) for one in part]
    at = stamp("at")
    answer = {
        **at,
        "sites": [site["site"] for site in chosen],
        "skipped": {
            name: why for name, why in skipped.items() if not names or name in names or name == CONTROL
        },
        "content": sorted(content, key=lambda one: one["store"]),
        "findings": record.with_since(
            lab,
            findings.in_order(
                one for one in found if not names or one["site"] in names or one["code"] == _UNREAD
            ),
            at["at"],
        ),
    }
    if not names:
        record.write(lab, answer)
    return answer


def _found_by(work):
    """The findings of a part of the audit; a part that fails does not end the others."""
    try:
        return work()
    except (KitError, OSError) as fault:
        return [findings.error(_UNREAD, None, str(fault), "./dcn status")]


def _moving(lab, jobs):
    """The sites that come, leave or are at work: site -> why."""
    return {
        **dict.fromkeys(records.at_work(jobs), "a job of the site is at work"),
        **{entry["site"]: entry["why"] for entry in announcements.announcements(lab)},
    }


def _is_updated(lab):
    registered = registry.digests(lab)
    return update.is_done(lab, lambda stores: stores == registered)


def _why_not(site, jobs, moving):
    """Why a site of the document cannot be audited now; '' if it can."""
    name = site["site"]
    if name in moving:
        return moving[name]
    if name not in jobs:
        return "the site is not up"
    step = records.first_not_ended(site["steps"], jobs[name])
    return f"the site is not up: step {step} has no ended job" if step else ""


def _but_of(sites, found):
    """Findings without those of sites that are not to be as they will be."""
    return [one for one in found if one["site"] not in sites]


def _site(lab, site, storage, sites):
    """
    The findings about the hosts and the Ceph cluster of a site.

    Args:
        sites: as in clusters.audit.
    """
    found, answering = nodes.audit(lab, site, storage)
    cluster = site["cluster"]
    # Without a host that answers, Ceph's commands would only run into more time-outs.
    if cluster and (answering or "client" in cluster):
        found += _found_by(lambda: clusters.audit(lab, cluster, answering, sites))
    return found
