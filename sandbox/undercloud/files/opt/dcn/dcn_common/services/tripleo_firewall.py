"""The firewall of every node: the rules of the services of the node's role, TripleO's own and the operator's
ExtraFirewallRules; all else is dropped.

From the task of host_prep_tasks.yaml that includes tripleo-ansible's role tripleo_firewall. STAND-IN for the
tasks of that role and of tripleo_nftables, which Ansible would run one by one: their base rules and templates
make the ruleset, and nft loads it at once.
"""

import pathlib
import re

import jinja2
import yaml

from dcn_common.overcloud import included

ROLE = pathlib.Path("/usr/share/ansible/roles/tripleo_nftables")
OVN = "121 OVN DB server ports"
ANSIBLE_FILTERS = {
    "bool": bool,
    "ternary": lambda value, yes, no: yes if value else no,
    "regex_replace": lambda text, pattern, new: re.sub(pattern, new, text),
}
"""Filters of Ansible that the templates use, as far as they use them."""


def deploy_step(step, overcloud, node):
    if step != 1:
        return []
    return [("tripleo_firewall.load", {"ruleset": ruleset(rules(overcloud, node))})]


def rules(overcloud, node):
    """Returns {name: rule} of a node, without TripleO's base rules.

    The rule for OVN's databases lets in only the subnets that Neutron knew, as in late releases of Wallaby
    (THT ovn-dbs-cluster-ansible.yaml); templates 14.3.0 let in all.
    """
    [variables] = included(overcloud.host_prep_tasks(node.role), "tripleo_firewall")
    given = dict(variables["tripleo_firewall_rules"])
    ovn = given.pop(OVN, None)
    if ovn:
        for cidr in overcloud.variables["net_cidr_map"][overcloud.network("ovn_dbs")]:
            given[f"{OVN} for {cidr}"] = {**ovn, "source": cidr}
    return given


def ruleset(given):
    """Returns these rules and TripleO's base rules, for nft, in place of those that were loaded before."""
    base = yaml.safe_load((ROLE / "files" / "00-base-rules.yaml").read_text())
    # As module tripleo_nftables_from_files.
    named = [*base, *({"rule_name": name, "rule": rule} for name, rule in given.items())]
    ordered = sorted(named, key=lambda rule: rule["rule_name"])
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(ROLE), trim_blocks=True)
    templates.filters.update(ANSIBLE_FILTERS)
    rendered = [
        templates.get_template(f"templates/{name}.j2").render(tripleo_nftables_rules=ordered)
        for name in ("chains", "ruleset", "jump-chain")
    ]
    # Tables of family inet are TripleO's alone; those of family ip have Neutron's rules too.
    emptied = [f"add table inet {table}\ndelete table inet {table}\n" for table in ("filter", "raw", "nat")]
    return "\n".join([*emptied, (ROLE / "files" / "iptables.nft").read_text(), *rendered])
