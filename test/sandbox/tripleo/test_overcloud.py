import pathlib
import tempfile
import unittest

import yaml

from dcn_common.inventory import Inventory
from dcn_common.overcloud import Overcloud, included

INVENTORY = {
    "Undercloud": {"hosts": {"undercloud": {}}, "vars": {"ansible_connection": "local"}},
    "Controller": {"children": {"s_Controller": {}}},
    "s_Controller": {
        "hosts": {
            name: {
                "ansible_host": f"10.0.0.{number}",
                "ctlplane_ip": f"10.0.0.{number}",
                "internal_api_ip": f"10.4.0.{number}",
                "internal_api_hostname": f"{name}.internalapi.localdomain",
            }
            for name, number in (("c-1", 11), ("c-0", 10))
        },
        "vars": {"ansible_ssh_user": "tripleo-admin"},
    },
    "glance_api": {"children": {"Controller": {}}},
    "etcd": {"children": {"Controller": {}}},
}
VARIABLES = {
    "enabled_services": ["glance_api"],
    "all_nodes_extra_map_data": {"enabled_services": ["keystone"], "keystone_node_ips": ["10.4.9.9"]},
    "service_net_map": {"glance_api_network": "internal_api"},
    "net_vip_map": {"internal_api": "10.4.0.5", "tenant": ""},
    "nova_additional_cell": False,
    "deploy_identifier": 1,
    "container_cli": "podman",
    "primary_role_name": "Controller",
}
ROLE = {
    "service_names": ["glance_api", "nova_api", "etcd"],
    "service_configs": {
        "glance::api::bind_host": "%{hiera('internal_api')}",
        "fqdn": "%{hiera('fqdn_internal_api')}",
        "url": "http://%{hiera('internal_api_uri')}:9292",
        "through": ["%{hiera('glance::api::bind_host')}"],
        "remote": "%{hiera('keystone_node_ips')}",
        "workers": 2,
    },
    "extraconfig": {"workers": 3, "url of no site": "<SERVICE DEFAULT>"},
    "role_extraconfig": {},
}


class ConfigDownload(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        working = pathlib.Path(directory.name)
        self.config_download = working / "config-download" / "s"
        for path, content in {
            self.config_download / "tripleo-ansible-inventory.yaml": INVENTORY,
            self.config_download / "global_vars.yaml": VARIABLES,
            self.config_download / "group_vars" / "Controller": ROLE,
            working / "outputs" / "EndpointMap": {},
        }.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content))
        self.overcloud = Overcloud(self.config_download)

    def test_hosts_and_groups_without_the_undercloud(self):
        inventory = Inventory(self.config_download / "tripleo-ansible-inventory.yaml")
        self.assertEqual(sorted(inventory.hosts), ["c-0", "c-1"])
        self.assertEqual(sorted(inventory.groups["glance_api"]), ["c-0", "c-1"])
        self.assertEqual(inventory.hosts["c-0"]["ansible_user"], "tripleo-admin")

    def test_the_first_node_of_a_service_is_the_first_by_name(self):
        self.assertEqual([node.name for node in self.overcloud.group("glance_api")], ["c-0", "c-1"])

    def test_references_in_puppets_data(self):
        node = self.overcloud.nodes["c-1"]
        self.assertEqual(node.hiera("glance::api::bind_host"), "10.4.0.11")
        self.assertEqual(node.hiera("fqdn"), "c-1.internalapi.localdomain")
        self.assertEqual(node.hiera("url"), "http://10.4.0.11:9292")
        self.assertEqual(node.hiera("through"), ["10.4.0.11"])
        self.assertEqual(node.hiera("nothing", 7), 7)
        self.assertIsNone(node.hiera("url of no site", 7))

    def test_the_operators_extraconfig_wins(self):
        self.assertEqual(self.overcloud.nodes["c-0"].hiera("workers"), 3)

    def test_data_of_all_nodes_include_those_of_the_control_plane(self):
        data = self.overcloud.all_nodes
        self.assertEqual(data["glance_api_node_ips"], ["10.4.0.10", "10.4.0.11"])
        self.assertEqual(data["keystone_node_ips"], ["10.4.9.9"])
        self.assertEqual(data["glance_api_short_bootstrap_node_name"], "c-0")

    def test_without_services_that_only_servers_need(self):
        self.assertEqual(self.overcloud.nodes["c-0"].services, ["glance_api", "nova_api", "etcd"])
        overcloud = Overcloud(self.config_download, servers=False)
        self.assertEqual(overcloud.nodes["c-0"].services, ["glance_api"])
        self.assertEqual(
            [self.overcloud.group("etcd"), overcloud.group("etcd")],
            [[self.overcloud.nodes[name] for name in ("c-0", "c-1")], []],
        )

    def test_networks(self):
        self.assertEqual(self.overcloud.network("glance_api"), "internal_api")
        self.assertEqual(self.overcloud.network("else"), "ctlplane")
        self.assertEqual(self.overcloud.vip("internal_api"), "10.4.0.5")
        self.assertIsNone(self.overcloud.vip("tenant"))


class Tasks(unittest.TestCase):
    def test_variables_of_included_roles(self):
        wanted = {"include_role": {"name": "r", "tasks_from": "t.yml"}, "vars": {"a": 1}}
        tasks = [
            {"name": "x", "block": [wanted, {"include_role": {"name": "r"}, "vars": {"a": 2}}]},
            {"debug": {}},
        ]
        self.assertEqual(included(tasks, "r", "t.yml"), [{"a": 1}])
        self.assertEqual(included(tasks, "r"), [{"a": 2}])
