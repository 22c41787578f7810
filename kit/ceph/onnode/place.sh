#!/usr/bin/env bash
# Standard input: specifications of services, documents of YAML. Has cephadm place the services as these say.
set -euo pipefail

ceph orch apply -i - >&2
