#!/bin/bash
# Removes files that packages have created for one machine. Runs in the layer's chroot after the packages are installed.
set -euo pipefail
rm -rf /var/lib/mysql/* /var/lib/rabbitmq/* /var/lib/{nova,neutron,cinder,placement}/*.sqlite
