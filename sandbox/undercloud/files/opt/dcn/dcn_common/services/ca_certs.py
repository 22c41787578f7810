"""CAs that all nodes of the stack trust.

From THT's ca-certs-baremetal-puppet.yaml, read as puppet-tripleo's trusted_cas does.
"""


def deploy_step(step, overcloud, node):
    if step != 1 or "ca_certs" not in node.services:
        return []
    authorities = node.hiera("tripleo::trusted_cas::ca_map") or {}
    texts = {name: authority["content"] for name, authority in authorities.items()}
    return [("ca_certs.trust", {"certificates": texts})] if texts else []
