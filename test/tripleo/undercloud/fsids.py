#!/opt/tripleo/bin/python
"""The ids of the lab's Ceph clusters, which Ceph chooses when it comes into being: JSON, name -> id.

fsids.py STACK   and by the name "" what the client has made for a cluster of the stack, which it may not have

Run in the lab's directory; the files are those that `overcloud ceph deploy` and the stack phase have written.
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
