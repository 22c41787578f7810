#!/bin/bash
# Adds to the image's root what the distribution does not have; runs as root in its chroot. Needs python3-venv, and PyPI by pip's
# own configuration.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 -m venv "$work"
# the manager's module `cephadm` reaches hosts by it
"$work/bin/pip" install --quiet --no-deps --no-compile --target /usr/lib/python3/dist-packages remoto==1.2.1
