#!/bin/bash
# Runs inside the layer, once its packages are installed. What the packages made for one machine only goes.
set -euo pipefail
rm -rf /var/lib/mysql/* /var/lib/rabbitmq/* /var/lib/{nova,neutron,cinder,placement}/*.sqlite
