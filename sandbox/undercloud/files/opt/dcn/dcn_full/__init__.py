"""`openstack overcloud ceph deploy` and `openstack overcloud deploy` with TripleO's own playbooks,
cephadm and Heat: the mode `tripleo: full` of the sandbox's undercloud.

What is edited in the two verbs, inside the client's process, is only what a host of the sandbox needs and a
machine does not; README.md has the list. The configuration phase is stood in for as in the mode `quick`
(dcn_common).
"""
