#!/bin/bash
# Adds a Python package that the distribution does not have to the image's root. Runs as root in its chroot. Needs python3-venv,
# and a pip that is configured for PyPI.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 -m venv "$work"
# the manager's module `cephadm` connects to hosts with it
"$work/bin/pip" install --quiet --no-deps --no-compile --target /usr/lib/python3/dist-packages remoto==1.2.1
