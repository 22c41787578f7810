import unittest
from unittest import mock

from dcn_common.services import tripleo_firewall

SSH = "003 accept ssh from ctlplane subnet 10.0.0.0/24"
RULES = {
    SSH: {"source": "10.0.0.0/24", "proto": "tcp", "dport": 22},
    "003 accept ssh from all": {"proto": "tcp", "dport": 22, "extras": {"ensure": "absent"}},
    "121 memcached 10.4.0.0/24": {"source": "10.4.0.0/24", "proto": "tcp", "dport": [11211]},
    "121 OVN DB server ports": {"proto": "tcp", "dport": [3125, 6641, 6642]},
    "200 nova_libvirt": {"dport": [16514, "61152-61215"]},
}


def overcloud(given=RULES):
    include = {"include_role": {"name": "tripleo_firewall"}, "vars": {"tripleo_firewall_rules": given}}
    stack = mock.Mock(variables={"net_cidr_map": {"internal_api": ["10.4.0.0/24", "10.4.9.0/24"]}})
    stack.network.return_value = "internal_api"
    stack.host_prep_tasks.side_effect = {"Controller": [{"name": "another"}, include]}.get
    return stack


class Firewall(unittest.TestCase):
    def test_ovns_databases_only_for_the_subnets_that_the_stack_knows(self):
        rules = tripleo_firewall.rules(overcloud(), mock.Mock(role="Controller"))
        self.assertEqual(rules[SSH], RULES[SSH])
        self.assertEqual(
            {name: rule["source"] for name, rule in rules.items() if "OVN" in name},
            {
                "121 OVN DB server ports for 10.4.0.0/24": "10.4.0.0/24",
                "121 OVN DB server ports for 10.4.9.0/24": "10.4.9.0/24",
            },
        )

    def test_rules_without_ovns_databases(self):
        given = {SSH: RULES[SSH]}
        self.assertEqual(tripleo_firewall.rules(overcloud(given), mock.Mock(role="Controller")), given)

    def test_rules_are_in_the_order_of_their_names_and_all_else_is_dropped(self):
        lines = tripleo_firewall.ruleset(RULES).splitlines()
        accepted = [line for line in lines if line.startswith("add rule inet filter TRIPLEO_INPUT")]
        self.assertIn("ct state related,established", accepted[0])
        numbers = [line.split('comment "')[1][:3] for line in accepted]
        self.assertEqual(numbers, sorted(numbers))
        self.assertIn(
            f'ip saddr 10.0.0.0/24 tcp dport {{ 22 }} ct state new counter accept comment "{SSH}"',
            "\n".join(accepted),
        )
        self.assertIn("dport { 16514,61152-61215 }", "\n".join(accepted))
        self.assertNotIn("accept ssh from all", "\n".join(accepted))
        self.assertIn("add chain inet filter INPUT { policy drop; }", lines)
        self.assertIn("insert rule inet filter INPUT position 0 jump TRIPLEO_INPUT", lines)

    def test_every_node_loads_it_in_the_first_step(self):
        node = mock.Mock(role="Controller")
        calls = {step: tripleo_firewall.deploy_step(step, overcloud(), node) for step in range(1, 6)}
        self.assertEqual([name for name, _ in calls[1]], ["tripleo_firewall.load"])
        self.assertEqual([calls[step] for step in range(2, 6)], [[], [], [], []])
