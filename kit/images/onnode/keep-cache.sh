#!/bin/bash
# Runs on a node that has a glance-api with a cache, by glance-dcn-cache.timer: takes out of the cache what is over its
# limit, least recently used first, and what is broken or stalled. Since OSP 17.1 nothing of TripleO does it at the edge:
# the container glance_api_cron does not run there, and glance-api itself only fills its cache.
set -euo pipefail

# OSP 17.1's name of the edge's container, then the one of older releases.
for container in glance_api_internal glance_api; do
  podman container exists "$container" || continue
  for tool in glance-cache-cleaner glance-cache-pruner; do
    podman exec "$container" "$tool" --config-file /etc/glance/glance-api.conf --config-file /etc/glance/glance-cache.conf
  done
  exit
done
echo "no container glance_api_internal or glance_api: does a glance-api run on this node?" >&2
exit 1
