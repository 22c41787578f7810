#!/opt/tripleo/bin/python
"""Prints the ids of the lab's Ceph clusters as JSON {cluster: id}.

usage: fsids.py STACK

Under the name "" is the id that the client generated for the stack, even if the stack has no cluster. Runs in
the lab's directory and reads the files that `overcloud ceph deploy` and the stack phase have written.
"""

import glob
import json
import pathlib
import sys

import yaml

stack = sys.argv[1]
with open(pathlib.Path.home() / "overcloud-deploy" / stack / f"{stack}-passwords.yaml") as file:
    clusters = {"": yaml.safe_load(file)["parameter_defaults"].get("CephClusterFSID", "")}
for path in glob.glob("*/deployed-ceph-*.yaml"):
    with open(path) as file:
        parameters = yaml.safe_load(file)["parameter_defaults"]
    clusters[parameters["CephClusterName"]] = parameters["CephClusterFSID"]
print(json.dumps(clusters))
