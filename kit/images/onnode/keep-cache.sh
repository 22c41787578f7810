#!/bin/bash
# Keeps the cache of this node's glance-api under its limit; run by glance-dcn-cache.timer. Removes the least recently
# used images beyond the limit, and broken or stalled ones. Since OSP 17.1 TripleO does not do it at the edge: the
# container glance_api_cron does not run there, and glance-api itself only fills its cache.
set -euo pipefail

# The container's name at the edge since OSP 17.1, then that of older releases.
for container in glance_api_internal glance_api; do
  # Unlike `podman container exists`, fails for a container that has stopped.
  podman exec "$container" true 2>/dev/null || continue
  for tool in glance-cache-cleaner glance-cache-pruner; do
    podman exec "$container" "$tool" --config-file /etc/glance/glance-api.conf --config-file /etc/glance/glance-cache.conf
  done
  exit
done
echo "no container glance_api_internal or glance_api: does a glance-api run on this node?" >&2
exit 1
