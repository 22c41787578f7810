"""What both modes of the sandbox's undercloud have of TripleO's verbs (`sandbox: { tripleo: quick | full }`).

* STAND-IN for the configuration phase of `openstack overcloud deploy` (configure.py, services/, node/): what
  TripleO's container images and puppet would do to the nodes is done over ssh with the distribution's
  packages, by the config-download directory, whoever has made that.
* The one ephemeral Heat of an undercloud (lock.py), and the hook by which playbooks of the client are
  exchanged (playbooks.py).
"""
