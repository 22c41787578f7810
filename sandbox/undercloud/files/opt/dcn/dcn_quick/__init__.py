"""STAND-IN for the two TripleO verbs that take minutes: the mode `tripleo: quick` of the sandbox's
undercloud.

`openstack overcloud deploy` and `openstack overcloud ceph deploy` are the real commands of
python-tripleoclient: their options, checks, refusals, files and order of work. Three things in them are
exchanged:

* the ephemeral Heat (heat.py): the same templates and environments go through Heat's own classes for
  validation, but what its engine would create in minutes, with a database and messages, is computed in one
  process (tree.py).
* Ansible playbooks (dcn_common/playbooks.py) that need TripleO's container images: cephadm's, for which the
  distribution's daemons are started over ssh (ceph_deploy.py), and the configuration phase (dcn_common). With
  them go the small ones beside: the undercloud's name in the nodes' /etc/hosts, and such as ask Heat.
* nothing else: a verb that is not named here is the real one, whole.
"""
