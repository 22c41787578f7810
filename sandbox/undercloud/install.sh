#!/bin/bash
# Puts the real TripleO client with its templates, playbooks and Heat into the undercloud's image; runs as root in its chroot,
# in the directory that holds this file. Needs Debian 12 with python3-venv and python3-netifaces, and PyPI by pip's own
# configuration. What the undercloud runs beside it (files/) changes more often and is put on the host when it starts.
set -euo pipefail
cd "$(dirname "$0")"

home=/opt/tripleo
packages=$home/lib/python3.11/site-packages
collection=/usr/share/ansible/collections/ansible_collections
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "== TripleO client: virtual environment"
/usr/bin/python3 -m venv "$home"
"$home/bin/pip" install --quiet --no-compile 'pip<24' 'setuptools<60' 'wheel<0.46' 'pbr<7.2'
ln -s /usr/lib/python3/dist-packages/netifaces* "$packages/"

echo "== TripleO client: packages from PyPI"
"$home/bin/pip" install --quiet --no-compile --no-deps --no-build-isolation -r install/requirements.txt

echo "== TripleO's templates, playbooks and Ansible's OpenStack modules"
# the wheel of the templates is empty; the sdist has them, but its setup.cfg does not install them: unpack it
"$home/bin/pip" download --quiet --no-deps --no-build-isolation --no-binary :all: -d "$work" tripleo-heat-templates==14.3.0
mkdir -p /usr/share/openstack-tripleo-heat-templates
tar -xzf "$work"/tripleo-heat-templates-14.3.0.tar.gz -C /usr/share/openstack-tripleo-heat-templates --strip-components=1 \
  --exclude='*/releasenotes' --exclude='*/doc' --exclude='*.egg-info' --exclude='*/tripleo_heat_templates/tests'
# tripleo-ansible's modules import the collection openstack.cloud: one of the many in the package `ansible`
"$home/bin/pip" download --quiet --no-deps -d "$work" ansible==6.7.0
mkdir -p "$collection"
"$home/bin/python" - "$work"/ansible-6.7.0-*.whl "$collection" <<'PYTHON'
import sys
import zipfile

wheel, target = sys.argv[1:]
top = 'ansible_collections/'
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith(top + 'openstack/cloud/') and '/tests/' not in name:
            entry = archive.getinfo(name)
            entry.filename = name[len(top):]
            archive.extract(entry, target)
PYTHON
# each role's nodes are waited for 10 s before they are first asked; hosts of the sandbox answer when this playbook starts
sed -i 's/^        delay: 10$/        delay: 0/' "$home/share/ansible/tripleo-playbooks/cli-overcloud-node-growvols.yaml"
for part in plugins roles tripleo-playbooks callback_plugins; do
  ln -s "$home/share/ansible/$part" "/usr/share/ansible/$part"
done

echo "== schema of the undercloud's Neutron"
# Neutron's migrations do not all run on sqlite; its models do
/usr/bin/python3 - "$home/neutron.db" <<'PYTHON'
import sys

import sqlalchemy
from neutron.db.migration.models import head

head.get_metadata().create_all(sqlalchemy.create_engine('sqlite:///' + sys.argv[1]))
PYTHON

echo "== guest image of the examples"
bash install/guest/build.sh /srv/images/guest.raw

echo "== TripleO client: without tests and translations, compiled"
find "$packages" -depth -type d \( -name tests -o -name test -o -name locale -o -name ansible_test \) \
  -not -path '*/ansible/plugins/test' -exec rm -rf {} +
"$home/bin/pip" uninstall --quiet --yes wheel pip
rm -f "$home"/bin/pip*
# packages for other versions of Python carry files that do not compile here
"$home/bin/python" -m compileall -q -j 0 "$packages" >"$work/compile.log" || grep -c '^\*\*\*' "$work/compile.log"
