"""STAND-IN for the two TripleO verbs that take minutes: the mode `tripleo: quick` of the sandbox's
undercloud.

`openstack overcloud deploy` and `openstack overcloud ceph deploy` are the real commands of
python-tripleoclient: their options, checks, refusals, files and order of work. Three things in them are
exchanged:

* the ephemeral Heat (heat.py): the same templates and environments go through Heat's own classes for
  validation, but what its engine would create in minutes, with a database and messages, is computed in one
  process (tree.py).
* Ansible playbooks that need TripleO's container images (playbooks.py): cephadm's and the configuration
  phase. What they would do to the nodes is done over ssh with the distribution's packages (ceph_deploy.py,
  configure.py, services/).
* nothing else: a verb that is not named here is the real one, whole.
"""
