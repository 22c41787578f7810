#!/opt/tripleo/bin/python
"""The ids of the lab's Ceph clusters, which Ceph chooses when it comes into being: JSON, name -> id.

Run in the lab's directory; the files are those that `overcloud ceph deploy` has written.
"""

import glob
import json

import yaml

clusters = {}
for path in glob.glob("*/deployed-ceph-*.yaml"):
    with open(path) as file:
        parameters = yaml.safe_load(file)["parameter_defaults"]
    clusters[parameters["CephClusterName"]] = parameters["CephClusterFSID"]
print(json.dumps(clusters))
