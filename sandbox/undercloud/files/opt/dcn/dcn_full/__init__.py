"""`openstack overcloud ceph deploy` and `openstack overcloud deploy` with TripleO's own playbooks,
cephadm and Heat: the mode `tripleo: full` of the sandbox's undercloud.

Both verbs are changed only for hosts of the sandbox, which are not machines; README.md lists the changes. The
configuration phase is the stand-in of dcn_common, as in the mode `quick`.
"""
