"""Changes of TripleO's verbs that both modes of the sandbox's undercloud, `tripleo: quick` and `full`, share.

* STAND-IN for the configuration phase of `openstack overcloud deploy` (configure.py, services/, node/): it
  configures the nodes over ssh, with the distribution's packages in place of TripleO's container images and
  puppet, from the config-download directory that the stack phase of either mode has written.
* The lock of the undercloud's one ephemeral Heat (lock.py), and the hook that replaces playbooks by functions
  (playbooks.py).
"""
