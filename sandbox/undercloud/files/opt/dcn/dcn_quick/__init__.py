"""STAND-IN for the two TripleO verbs that take minutes: the mode `tripleo: quick` of the sandbox's
undercloud.

`openstack overcloud deploy` and `openstack overcloud ceph deploy` are the real commands of
python-tripleoclient: their options, checks, refusals, files and order of work. Two things in them are
replaced:

* the ephemeral Heat (heat.py): Heat's own classes validate the same templates and environments, but one
  process computes what Heat's engine would create in minutes with a database and a message bus (tree.py).
* Ansible playbooks (dcn_common/playbooks.py) that need TripleO's container images: cephadm's, in whose place
  the distribution's daemons start over ssh (ceph_deploy.py), and the configuration phase (dcn_common). Three
  small playbooks are replaced too: two that read from Heat, and the one for the nodes' /etc/hosts.

All other verbs are the real ones.
"""
