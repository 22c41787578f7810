#!/bin/bash
# Installs the real TripleO client with its templates, playbooks and Heat into the undercloud's image. Runs as root in its
# chroot, in this file's directory. Needs Debian 12 with python3-venv and python3-netifaces, and a pip that is configured for
# PyPI. The undercloud's other programs (files/) change more often and are copied to the host when the sandbox starts.
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
# the wheel of the templates is empty, and the setup.cfg of the sdist does not install them: unpack the sdist
"$home/bin/pip" download --quiet --no-deps --no-build-isolation --no-binary :all: -d "$work" tripleo-heat-templates==14.3.0
mkdir -p /usr/share/openstack-tripleo-heat-templates
tar -xzf "$work"/tripleo-heat-templates-14.3.0.tar.gz -C /usr/share/openstack-tripleo-heat-templates --strip-components=1 \
  --exclude='*/releasenotes' --exclude='*/doc' --exclude='*.egg-info' --exclude='*/tripleo_heat_templates/tests'
# Of the many collections in the package `ansible`: openstack.cloud, which tripleo-ansible's modules import, the filter ipaddr of
# ansible.netcommon and ansible.utils, and the modules of community.general in the roles that run on hosts
"$home/bin/pip" download --quiet --no-deps -d "$work" ansible==6.7.0
mkdir -p "$collection"
"$home/bin/python" - "$work"/ansible-6.7.0-*.whl "$collection" <<'PYTHON'
import sys
import zipfile

wheel, target = sys.argv[1:]
top = 'ansible_collections/'
whole = tuple(top + name for name in ('openstack/cloud/', 'ansible/netcommon/', 'ansible/utils/'))
general = ['meta/runtime.yml', 'plugins/modules/system/sefcontext.py', 'plugins/modules/files/ini_file.py']
single = [top + 'community/general/' + file for file in general]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in single or (name.startswith(whole) and '/tests/' not in name):
            entry = archive.getinfo(name)
            entry.filename = name[len(top):]
            archive.extract(entry, target)
PYTHON
# the playbook waits 10 s before it first connects to the nodes of a role; hosts of the sandbox answer at once
sed -i 's/^        delay: 10$/        delay: 0/' "$home/share/ansible/tripleo-playbooks/cli-overcloud-node-growvols.yaml"
for part in plugins roles tripleo-playbooks callback_plugins; do
  ln -s "$home/share/ansible/$part" "/usr/share/ansible/$part"
done

echo "== schema of the undercloud's Neutron"
# some of Neutron's migrations fail on sqlite: create the tables from its models
/usr/bin/python3 - "$home/neutron.db" <<'PYTHON'
import sys

import sqlalchemy
from neutron.db.migration.models import head

head.get_metadata().create_all(sqlalchemy.create_engine('sqlite:///' + sys.argv[1]))
PYTHON

echo "== guest image of the examples"
bash install/guest/build.sh /srv/images/guest.raw

echo "== TripleO client: remove tests and translations, compile"
find "$packages" -depth -type d \( -name tests -o -name test -o -name locale -o -name ansible_test \) \
  -not -path '*/ansible/plugins/test' -exec rm -rf {} +
"$home/bin/pip" uninstall --quiet --yes wheel pip
rm -f "$home"/bin/pip*
# some packages contain files for other versions of Python, which do not compile
"$home/bin/python" -m compileall -q -j 0 "$packages" >"$work/compile.log" || grep -c '^\*\*\*' "$work/compile.log"
