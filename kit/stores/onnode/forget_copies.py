"""
Marks the copies of all images at one store as deleted in Glance's database. Runs in the container glance_api
of a controller, with Glance's Python and configuration.

Argument: the store's id. Standard output: the number of marked copies.
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
