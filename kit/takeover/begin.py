"""Looks at what stands, and begins the adoption of a lab."""

import glob

import documents
import registry
import stacks
from cloud.keystone import IMPATIENT, Keystone
from errors import KitError, Refused, refuse
from files import read_json
from jobs import adoption
from jobs.record import job_names
from jobs.standing import Standing
from lab import CONTROL, Lab, home


def read_document(text):
    """
    Reads the document of `adoption begin` from YAML.

    Returns:
        {sites: [{site, stack, overcloud, store}]}. stack: '' for a cluster that exists already; overcloud:
        whether the stack has one; store: '' for a site without a store.

    Raises:
        Refused: one line for each fault of the document.
    """
    what = "adoption document"
    reader = documents.Reader(what, documents.parse(what, text))
    sites = [
        {
            "site": site.text("site", documents.NAME),
            "stack": site.text("stack", documents.NAME, ""),
            "overcloud": site.text("overcloud", "true|false") == "true",
            "store": site.text("store", documents.STORE, ""),
        }
        for site in reader.items("sites", what, "a site")
    ]
    reader.finish()
    return {"sites": sites}


def begin(lab, document):
    """
    Begins an adoption, or takes up one that was interrupted. The caller holds the adoption's lock.

    Args:
        document: as from `read_document`.

    Returns:
        {sites: [name]}.

    Raises:
        Refused: a line for each site that cannot be adopted; nothing was changed.
    """
    sites = document["sites"]
    faults = [] if read_json(adoption.path(lab)) else _records_of(lab)
    for site in sites:
        faults += _other_labs(lab, site)
        if site["overcloud"]:
            faults += Standing(site["stack"]).faults()
    faults += _store_faults(lab, sites)
    refuse(faults)
    adoption.begin(lab, {site["site"]: site["stack"] for site in sites})
    return {"sites": [site["site"] for site in sites]}


def _records_of(lab):
    """A line if the lab has records of its own: then it is a lab, and nothing is to be adopted."""
    jobs = job_names(lab)
    if not jobs and not registry.known(lab):
        return []
    names = ", ".join(jobs[:3]) + (f" and {len(jobs) - 3} more" if len(jobs) > 3 else "")
    return [
        f"lab {lab.name}: has records on this undercloud already ({names or 'stores'} in {lab.directory}): "
        "it need not be adopted; if they are wrong, take them away first: `./dcn import --forget`"
    ]


def _other_labs(lab, site):
    """A line for each other lab of this undercloud that has deployed the site's stack."""
    faults = []
    for path in sorted(glob.glob(home("dcn", "*", "jobs", "*", "overcloud-stack", "state.json"))):
        directory, _, name = path.partition("/jobs/")
        other, other_site = Lab(directory), name.split("/")[0]
        if directory == lab.directory or (read_json(path) or {}).get("state") == "gone":
            continue
        if site["stack"] == stacks.of_site(other, other_site):
            faults.append(
                f"stack {site['stack']}: is site {other_site} of lab {other.name} on this undercloud, and "
                "can have one lab alone"
            )
    return faults


def _store_faults(lab, sites):
    """A line for each store that the control plane's Glance does not have."""
    control = next((site for site in sites if site["site"] == CONTROL), None)
    wanted = {site["store"]: site["site"] for site in sites if site["store"]}
    if control is None:
        return [f"site {CONTROL}: is not among the sites, and all others build on it: name it, too"]
    try:
        keystone = Keystone(lab, stack=control["stack"], **IMPATIENT)
        known = [store["id"] for store in keystone.call("image", "GET", "/v2/info/stores")["stores"]]
    except KitError as error:
        return [f"stores of the control plane: {error}; an adoption needs a control plane that answers"]
    return [
        f"store {store} of site {site}: Glance does not have it (it has {', '.join(known)}): write the "
        f"store's id under glance-dcn:sites.{site}.ceph.store, or give the control plane this store "
        "as you deployed it"
        for store, site in sorted(wanted.items())
        if store not in known
    ]


def end(lab):
    """
    Ends an adoption.

    Returns:
        {sites: [name]}; [] if there was none.

    Raises:
        Refused: a site has no record yet.
    """
    sites = (read_json(adoption.path(lab)) or {"sites": {}})["sites"]
    missing = [site for site in sorted(sites) if not job_names(lab, site)]
    if missing:
        raise Refused(
            f"lab {lab.name}: nothing of {', '.join(missing)} is on record yet: run `./dcn import --adopt` "
            "again"
        )
    adoption.end(lab)
    return {"sites": sorted(sites)}
