"""`openstack overcloud ceph deploy` and `openstack overcloud deploy` with TripleO's own playbooks,
cephadm and Heat: the mode `tripleo: full` of the sandbox's undercloud.

The client's process changes in the two verbs only what hosts of the sandbox need and machines do not;
README.md has the list. The configuration phase is the stand-in of dcn_common, as in the mode `quick`.
"""
