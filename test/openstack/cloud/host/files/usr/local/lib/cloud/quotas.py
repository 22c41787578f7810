"""Sets quotas of a project. Standard input: JSON {project, quotas: {"<service>.<name>": number}}, where the
service is compute, volume or network.
"""

import json
import sys

from admin import connect


def main():
    wanted = json.load(sys.stdin)
    of = {"compute": {}, "volume": {}, "network": {}}
    for name, number in wanted["quotas"].items():
        service, _, quota = name.partition(".")
        of[service][quota] = number
    cloud = connect()
    project = wanted["project"]
    if of["compute"]:
        cloud.compute.put(f"/os-quota-sets/{project}", json={"quota_set": of["compute"]})
    if of["volume"]:
        cloud.block_storage.put(f"/os-quota-sets/{project}", json={"quota_set": of["volume"]})
    if of["network"]:
        cloud.network.put(f"/quotas/{project}", json={"quota": of["network"]})


main()
