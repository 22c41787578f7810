"""
The server that a proof boots at a site and removes, in a project of the same name. A killed proof leaves its
server, whose disk is a clone of the image, and the project.
"""

import os
import re

from cloud.keystone import CloudError
from cloud.nova import Nova
from cloud.projects import remove_project
from documents import NAME
from jobs import locks
from jobs.locks import Lock
from output import say

_START = "glance-dcn-verify-"


def name(site):
    """Name of the server that a proof boots at a site, and of its project."""
    return f"{_START}{site}"


def alone(lab, name, holder):
    """A context that holds the lock servers/<name>; waits for another holder first."""

    def waiting(other, since):
        return f"waits for {other}, since {since}Z"

    return locks.entered(Lock(os.path.join(lab.directory, "servers", name)), holder, waiting=waiting)


def remove_left(lab, ids):
    """
    Removes those of some servers that killed proofs have left; waits for the end of proofs under way. If Nova
    does not answer, the servers stay.

    Returns:
        Whether a server was removed.
    """
    removed = False
    try:
        nova = Nova(lab)
        found = [] if nova.missing(["compute"]) else nova.servers_named(_START)
        left = [server for server in found if server["id"] in ids and _is_ours(nova, server)]
        for server in left:
            with alone(lab, server["name"][len(_START) :], "the removal of what a proof has left"):
                nova.remove(server["name"], [server["id"]])
            say(f"server {server['name']}: was left by a killed proof, and is removed")
            removed = True
            remove_project(nova.keystone, server["name"])
    except CloudError as error:
        say(f"servers and projects of killed proofs may have stayed: {error}")
    return removed


def _is_ours(nova, server):
    """Whether a proof has asked for a server: a tenant may give a server any name."""
    return server["user_id"] == nova.keystone.identity().user and re.fullmatch(
        NAME, server["name"][len(_START) :]
    )
