"""
Prints image_location_quota of the glance-api in whose container it runs, with Glance's Python and
configuration.
"""

from glance.common import config  # noqa: F401 -- registers Glance's options
from oslo_config import cfg

cfg.CONF(args=[], project="glance", prog="glance-api")
print(cfg.CONF.image_location_quota)
