"""/etc/hosts of every node: the undercloud, the nodes and the virtual addresses."""


def deploy_step(step, overcloud, node):
    if step != 1:
        return []
    kinds = ("undercloud_hosts_entries", "hosts_entry", "vip_hosts_entries", "extra_hosts_entries")
    lines = [line for kind in kinds for line in overcloud.variables.get(kind) or []]
    entries = list(dict.fromkeys(" ".join(line.split()) for line in lines if line.strip()))
    return [("names.entries", {"stack": overcloud.stack, "entries": entries})]
