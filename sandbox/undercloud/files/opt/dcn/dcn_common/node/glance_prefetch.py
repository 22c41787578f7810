#!/usr/bin/python3
"""STAND-IN for a periodic job of Wallaby's glance-api: fetches queued images into the cache.

The glance-api of the distribution's packages no longer has that job. node/glance.py installs this program.

usage: dcn-glance-prefetch SECONDS
"""

import sys
import time

import glance.async_
import glance_store
from glance.common import config, wsgi_app
from oslo_log import log


def main():
    log.register_options(config.CONF)
    config.parse_args(args=[], default_config_files=["/etc/glance/glance-api.conf"])
    glance.async_.set_threadpool_model("native")
    glance_store.register_store_opts(config.CONF, reserved_stores=wsgi_app.RESERVED_STORES)
    glance_store.create_multi_stores(config.CONF, reserved_stores=wsgi_app.RESERVED_STORES)
    glance_store.verify_store()

    # Its modules read the options above when they are imported.
    from glance.image_cache import prefetcher

    prefetch = prefetcher.Prefetcher()
    while True:
        prefetch.run()
        time.sleep(float(sys.argv[1]))


if __name__ == "__main__":
    main()
