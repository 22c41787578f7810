"""
Runs in the container glance_api of a controller, by Glance's own Python and with its configuration: marks the
copies of all images at one store as deleted in Glance's database.

Argument: the store's id. Standard output: how many copies were marked.
"""

import sys

from glance.common import config  # noqa: F401 -- registers Glance's options
from glance.context import RequestContext
from glance.db.sqlalchemy import api
from oslo_config import cfg

cfg.CONF(args=[], project="glance", prog="glance-api")
context = RequestContext(is_admin=True)
count = 0
for image in api.image_get_all(context):
    for location in image["locations"]:
        if location["metadata"].get("store") == sys.argv[1]:
            api.image_location_delete(context, image["id"], location["id"], "deleted")
            count += 1
print(count)
