import re
import sys
import unittest
from typing import ClassVar
from unittest import mock

from dcn_common.errors import SandboxError
from dcn_common.services import (
    cinder,
    etcd,
    haproxy,
    keystone,
    mysql,
    neutron,
    nova,
    nova_az_config,
    nova_compute,
    oslo_messaging,
)

RBD = "nova::compute::rbd::libvirt"
VOLUME = cinder.VOLUME
COMMON = {
    "nova::host": "dcn0-hci-0.localdomain",
    "nova::my_ip": "10.4.16.74",
    "nova::cross_az_attach": False,
    "nova::glance::endpoint_override": "http://10.4.16.74:9292",
    "oslo_messaging_rpc_user_name": "guest",
    "oslo_messaging_rpc_password": "secret",
    "oslo_messaging_rpc_port": 5672,
}
COMPUTE = {
    **COMMON,
    "nova::compute::libvirt::virt_type": "kvm",
    "nova::compute::libvirt::hw_machine_type": "x86_64=q35",
    "nova::compute::reserved_host_memory": 4096,
    "nova::cpu_allocation_ratio": 0.0,
    "nova::ram_allocation_ratio": 1.0,
    "nova::compute::rbd::ephemeral_storage": True,
    f"{RBD}_rbd_user": "openstack",
    f"{RBD}_rbd_secret_uuid": "u",
    f"{RBD}_rbd_secret_key": "k",
    f"{RBD}_images_rbd_pool": "vms",
    f"{RBD}_images_rbd_ceph_conf": "/etc/ceph/dcn0.conf",
    f"{RBD}_images_rbd_glance_store_name": "dcn0",
    "nova::workarounds::never_download_image_if_on_rbd": True,
    "rbd_disk_cachemodes": ["network=writeback"],
}
EDGE_VOLUMES = {
    **COMMON,
    "cinder::storage_availability_zone": "dcn0",
    "cinder::glance::glance_api_servers": "http://10.4.16.74:9292",
    "cinder::database_connection": "mysql+pymysql://cinder:x@10.4.0.5/cinder?read_default_file=/etc/my.cnf",
    f"{VOLUME}::cinder_volume_cluster": "dcn0",
    f"{VOLUME}::cinder_enable_rbd_backend": True,
    f"{VOLUME}::rbd::backend_name": ["tripleo_ceph"],
    f"{VOLUME}::rbd::cinder_rbd_ceph_conf": "/etc/ceph/dcn0.conf",
    f"{VOLUME}::rbd::cinder_rbd_pool_name": "volumes",
    f"{etcd.PROFILE}::bind_ip": "10.4.16.74",
    f"{etcd.PROFILE}::client_port": "2379",
    f"{etcd.PROFILE}::peer_port": "2380",
    "etcd::etcd_name": "dcn0-hci-0.internalapi.localdomain",
    "etcd::initial_cluster_token": "t",
}


class Node:
    """The part of overcloud.Node that services use."""

    def __init__(self, hiera, services, name="dcn0-hci-0", groups=None):
        self.name = name
        self.services = services
        self._hiera = hiera
        groups = {} if groups is None else groups
        for service in services:
            groups.setdefault(service, []).append(self)
        self.overcloud = mock.Mock(
            all_nodes={
                "oslo_messaging_rpc_node_names": ["c-0.internalapi", "c-1.internalapi"],
                "memcached_node_ips": ["10.4.0.10"],
            },
            group=lambda service: groups.get(service, []),
            network=lambda service: {"neutron_tenant": "tenant"}.get(service, "internal_api"),
            endpoints={f"{name}Internal": {"port": "1"} for name in ("CinderV3", "Nova", "Neutron")},
        )

    def leads(self, service):
        return service in self.services and self is self.overcloud.group(service)[0]

    def address(self, network):
        return {"tenant": "10.16.16.74"}.get(network, "10.4.16.74")

    def hiera(self, key, default=None):
        return self._hiera.get(key, default)

    def hiera_matching(self, pattern):
        return {key: value for key, value in self._hiera.items() if re.fullmatch(pattern, key)}


class Login(unittest.TestCase):
    HIERA: ClassVar = {"nova::placement::auth_url": "http://10.4.0.5:5000", "nova::placement::password": "p"}

    def test_hieradata_win_over_puppets_defaults(self):
        section = keystone.credentials(Node(self.HIERA, []), "nova::placement", "placement")
        self.assertEqual(
            [section["username"], section["password"], section["auth_type"]], ["placement", "p", "password"]
        )
        other = Node({**self.HIERA, "nova::placement::auth_type": "v3password"}, [])
        self.assertEqual(
            keystone.credentials(other, "nova::placement", "placement")["auth_type"], "v3password"
        )

    def test_no_section_without_hieradata(self):
        self.assertEqual(keystone.credentials(Node({}, []), "nova::cinder", "cinder"), {})


class Compute(unittest.TestCase):
    def configuration(self, **changed):
        return nova_compute.configuration(Node({**COMPUTE, **changed}, ["nova_compute"]))

    def test_disks_are_clones_in_the_sites_own_cluster(self):
        options = self.configuration()
        libvirt = options["libvirt"]
        self.assertEqual(
            [libvirt["images_type"], libvirt["images_rbd_pool"], libvirt["images_rbd_ceph_conf"]],
            ["rbd", "vms", "/etc/ceph/dcn0.conf"],
        )
        self.assertEqual(libvirt["images_rbd_glance_store_name"], "dcn0")
        self.assertIs(options["workarounds"]["never_download_image_if_on_rbd"], True)

    def test_an_edge_uses_its_own_glance_and_attaches_only_volumes_of_its_zone(self):
        options = self.configuration()
        self.assertEqual(options["glance"]["endpoint_override"], "http://10.4.16.74:9292")
        self.assertIs(options["cinder"]["cross_az_attach"], False)

    def test_without_the_rbd_backend_disks_are_local_and_volumes_still_rbd(self):
        libvirt = self.configuration(**{"nova::compute::rbd::ephemeral_storage": False})["libvirt"]
        self.assertNotIn("images_type", libvirt)
        self.assertEqual(libvirt["rbd_user"], "openstack")

    def test_no_rbd_options_without_ceph(self):
        node = Node({key: value for key, value in COMPUTE.items() if not key.startswith(RBD)}, [])
        self.assertNotIn("rbd_user", nova_compute.configuration(node)["libvirt"])
        self.assertIsNone(nova_compute.secret(node))

    def test_rbd_disks_without_a_cluster_are_refused(self):
        with self.assertRaisesRegex(SandboxError, "NovaEnableRbdBackend"):
            self.configuration(**{f"{RBD}_images_rbd_ceph_conf": None})

    def test_the_key_is_not_in_nova_conf(self):
        self.assertNotIn("'k'", str(self.configuration()))
        self.assertEqual(nova_compute.secret(Node(COMPUTE, []))["key"], "k")

    def test_a_ratio_of_0_leaves_novas_default(self):
        default = self.configuration()["DEFAULT"]
        self.assertEqual([default["cpu_allocation_ratio"], default["ram_allocation_ratio"]], [None, 1.0])

    def test_does_not_run_on_other_nodes(self):
        node = Node({}, ["nova_api"])
        self.assertEqual(nova_compute.deploy_step(3, node.overcloud, node), [])


class Control(unittest.TestCase):
    def test_services_run_only_on_the_first_controller(self):
        groups = {}
        nodes = [Node({}, ["nova_api", "nova_scheduler"], name, groups) for name in ("c-0", "c-1")]
        self.assertEqual([len(nova.deploy_step(4, node.overcloud, node)) for node in nodes], [1, 0])
        [frontend] = nova.balanced(nodes[0].overcloud)
        self.assertEqual(frontend.nodes, nodes[:1])

    def test_units_are_those_of_the_nodes_services(self):
        node = Node({}, ["nova_conductor", "nova_scheduler"])
        [(function, arguments)] = nova.deploy_step(4, node.overcloud, node)
        self.assertEqual(
            [function, [*arguments["units"]]], ["nova.serve", ["nova_conductor", "nova_scheduler"]]
        )

    def test_the_scheduler_discovers_hosts_at_tripleos_interval(self):
        databases = {
            "nova::api_database_connection": "mysql+pymysql://a",
            "nova::database_connection": "mysql+pymysql://b",
        }
        node = Node({**COMMON, **databases, "nova::scheduler::discover_hosts_in_cells_interval": 15}, [])
        options = nova.configuration(node.overcloud, node)
        self.assertEqual(options["scheduler"]["discover_hosts_in_cells_interval"], 15)

    def test_servers_and_volumes_without_a_zone_get_the_default_one(self):
        databases = {
            "nova::api_database_connection": "mysql+pymysql://a",
            "nova::database_connection": "mysql+pymysql://b",
            "cinder::database_connection": "mysql+pymysql://c",
        }
        zones = {
            "nova::availability_zone::default_schedule_zone": "central",
            "cinder::default_availability_zone": "central",
        }
        node = Node({**COMMON, **databases, **zones}, ["cinder_api"])
        options = nova.configuration(node.overcloud, node)["DEFAULT"]
        self.assertEqual(options["default_schedule_zone"], "central")
        options = cinder.configuration(node.overcloud, node, volume=False)["DEFAULT"]
        self.assertEqual(options["default_availability_zone"], "central")

    def test_the_message_bus_is_on_the_first_controller(self):
        self.assertEqual(
            oslo_messaging.transport_url(Node(COMMON, [])), "rabbit://guest:secret@c-0.internalapi:5672/"
        )


class Networks(unittest.TestCase):
    def test_agents_run_on_hosts_of_servers_and_the_rest_on_the_first_controller(self):
        groups = {}
        first, second = (Node({}, ["neutron_api", "ovn_controller"], name, groups) for name in ("c-0", "c-1"))
        edge, storage = Node({}, ["ovn_controller"]), Node({}, ["ceph_osd"])
        names = [[*neutron.units_of(node)] for node in (first, second, edge, storage)]
        self.assertEqual(
            names,
            [
                ["neutron_api", "neutron_linuxbridge_agent", "neutron_dhcp"],
                [],
                ["neutron_linuxbridge_agent"],
                [],
            ],
        )

    def test_tunnels_use_the_tenant_network(self):
        node = Node(COMMON, ["ovn_controller"])
        files = neutron.plugins(node.overcloud, node, api=False)
        self.assertEqual(files["linuxbridge_agent.ini"]["vxlan"]["local_ip"], "10.16.16.74")
        self.assertNotIn("ml2_conf.ini", files)


class Volumes(unittest.TestCase):
    def node(self, **changed):
        return Node({**EDGE_VOLUMES, **changed}, ["cinder_volume", "etcd"])

    def test_volume_servers_of_an_edge_site_are_one_cluster_that_etcd_coordinates(self):
        node = self.node()
        options = cinder.configuration(node.overcloud, node, volume=True)
        self.assertEqual(options["DEFAULT"]["cluster"], "dcn0")
        self.assertEqual(options["DEFAULT"]["storage_availability_zone"], "dcn0")
        self.assertEqual(
            options["coordination"]["backend_url"], "etcd3+http://10.4.16.74:2379?api_version=v3"
        )
        self.assertEqual(options["tripleo_ceph"]["rbd_cluster_name"], "dcn0")

    def test_one_volume_server_under_pacemaker(self):
        groups = {}
        hiera = {**EDGE_VOLUMES, f"{VOLUME}::cinder_volume_cluster": ""}
        first, second = (Node(hiera, ["cinder_volume"], name, groups) for name in ("c-0", "c-1"))
        self.assertEqual(
            [len(cinder.deploy_step(4, node.overcloud, node)) for node in (first, second)], [1, 0]
        )

    def test_no_volume_server_without_rbd(self):
        node = self.node(**{f"{VOLUME}::cinder_enable_rbd_backend": False})
        self.assertEqual(cinder.deploy_step(4, node.overcloud, node), [])

    def test_further_clusters_are_refused(self):
        with self.assertRaisesRegex(SandboxError, "CinderRbdMultiConfig"):
            cinder.backends(self.node(**{f"{VOLUME}::rbd::multi_config": {"other": {}}}))

    def test_members_of_etcd_are_the_stacks_nodes(self):
        node = self.node()
        options = etcd.configuration(node.overcloud, node)
        self.assertEqual(
            options["ETCD_INITIAL_CLUSTER"], "dcn0-hci-0.internalapi.localdomain=http://10.4.16.74:2380"
        )


class Zones(unittest.TestCase):
    def ensure(self, *aggregates):
        compute, lines = mock.Mock(), []
        compute.aggregates.return_value = aggregates
        compute.create_aggregate.return_value = self.aggregate(hosts=None)
        nova_az_config.ensure(compute, "dcn0", "dcn0", ["h-0", "h-1"], lines.append)
        return compute, lines

    @staticmethod
    def aggregate(hosts, zone="dcn0"):
        aggregate = mock.Mock(availability_zone=zone, hosts=hosts)
        aggregate.name = "dcn0"
        return aggregate

    def test_waits_until_nova_and_placement_have_the_hosts(self):
        found = [mock.Mock(service_details={"host": host}) for host in ("h-0", "h-1")]
        providers = [mock.Mock(), mock.Mock()]
        providers[0].name, providers[1].name = "h-0", "h-1"
        cloud = mock.Mock()
        cloud.compute.hypervisors.side_effect = [[], found[:1], found, found]
        cloud.placement.resource_providers.side_effect = [providers, providers, providers[:1], providers]
        with mock.patch.object(nova_az_config.time, "sleep"):
            nova_az_config._wait_for(cloud, {"h-0": "node-0", "h-1": "node-1"}, fleet=None)
        self.assertEqual(cloud.compute.hypervisors.call_count, 4)

    def connection(self):
        """The arguments of the connection by which the hosts of a stack are found."""
        aggregate = {"name": "dcn0", "availability_zone": "dcn0", "auth": {}}
        overcloud = mock.Mock(external_post_tasks=[{"os_nova_host_aggregate": aggregate}])
        overcloud.group.return_value = []
        openstack = mock.MagicMock()
        openstack.connect().compute.aggregates.return_value = [self.aggregate([])]
        with mock.patch.dict(sys.modules, openstack=openstack):
            nova_az_config.external_post_deploy(overcloud, mock.Mock())
        return openstack.connect.call_args.kwargs

    def test_asks_again_while_haproxy_has_not_seen_that_nova_runs(self):
        self.assertGreater(self.connection().get("status_code_retries", 0), 0)

    def test_lists_hypervisors_without_calls_to_them(self):
        version = self.connection().get("compute_default_microversion", "2.88")
        self.assertLess([int(part) for part in version.split(".")], [2, 88])

    def test_creates_the_aggregate_with_all_hosts(self):
        compute, lines = self.ensure()
        compute.create_aggregate.assert_called_once_with(name="dcn0", availability_zone="dcn0")
        self.assertEqual(compute.add_host_to_aggregate.call_count, 2)
        self.assertEqual(len(lines), 3)

    def test_changes_nothing_in_a_complete_aggregate(self):
        compute, lines = self.ensure(self.aggregate(["h-1", "h-0"]))
        self.assertEqual(
            [compute.create_aggregate.called, compute.add_host_to_aggregate.called], [False, False]
        )
        self.assertFalse(compute.remove_host_from_aggregate.called)
        self.assertEqual(lines, [])

    def test_removes_the_hosts_of_another_stack(self):
        aggregate = self.aggregate(["h-1", "other"])
        compute, _ = self.ensure(aggregate)
        compute.remove_host_from_aggregate.assert_called_once_with(aggregate, "other")
        compute.add_host_to_aggregate.assert_called_once_with(aggregate, "h-0")

    def test_updates_the_zone_and_adds_the_new_host(self):
        aggregate = self.aggregate(["h-0"], zone="old")
        compute, _ = self.ensure(aggregate)
        compute.update_aggregate.assert_called_once_with(aggregate, name="dcn0", availability_zone="dcn0")
        self.assertEqual([call.args[1] for call in compute.add_host_to_aggregate.call_args_list], ["h-1"])

    def sync(self, *answers):
        placement, lines = mock.Mock(), []
        aggregate = self.aggregate([])
        aggregate.uuid = "of-dcn0"
        provider = mock.Mock(id="p-0")
        provider.name = "h-0"
        placement.resource_providers.return_value = [provider]
        placement.get.return_value.json.side_effect = [
            {"aggregates": list(known), "resource_provider_generation": generation}
            for generation, known in enumerate(answers)
        ]
        nova_az_config.sync(placement, aggregate, ["h-0"], lines.append)
        return [call.kwargs["json"] for call in placement.put.call_args_list], lines

    def test_leaves_placement_as_it_is_where_nova_has_written_the_aggregate(self):
        self.assertEqual(self.sync(["of-dcn0"]), ([], []))

    def test_writes_the_aggregate_to_placement_until_no_one_else_changes_the_provider(self):
        written, lines = self.sync(["other"], ["other"], ["other", "of-dcn0"])
        self.assertEqual(
            written,
            [
                {"aggregates": ["other", "of-dcn0"], "resource_provider_generation": generation}
                for generation in (0, 1)
            ],
        )
        self.assertEqual(len(lines), 2)

    def test_gives_up_when_placement_never_takes_the_aggregate(self):
        with self.assertRaisesRegex(SandboxError, "aggregate dcn0 for host h-0"):
            self.sync(*[[]] * nova_az_config.CONFLICTS)


class Edge(unittest.TestCase):
    def test_haproxy_of_a_node_without_glance_api_forwards_to_the_sites_glance_apis(self):
        groups = {}
        Node({"glance::api::bind_port": "9292"}, ["glance_api_edge"], "dcn0-hci-0", groups)
        node = Node({"tripleo::haproxy::glance_api": True}, ["haproxy_edge"], "dcn0-more-0", groups)
        [(function, arguments)] = haproxy.deploy_step(1, node.overcloud, node)
        self.assertEqual(function, "haproxy.serve")
        self.assertIn("bind 10.4.16.74:9292", arguments["text"])
        self.assertIn("server dcn0-hci-0 10.4.16.74:9292 check", arguments["text"])


class Schemas(unittest.TestCase):
    def test_only_databases_of_services_in_the_sandbox_have_a_dump(self):
        names = {
            "nova::db::mysql::dbname": "nova",
            "nova::db::mysql_api::dbname": "nova_api",
            "neutron::db::mysql::dbname": "ovs_neutron",
            "heat::db::mysql::dbname": "heat",
        }
        node = mock.Mock(hiera=names.get)
        wanted = [{"name": name} for name in ("heat", "nova", "nova_api", "nova_cell0", "ovs_neutron")]
        self.assertEqual(
            mysql.schemas(node, wanted),
            {"nova": "nova", "nova_api": "nova_api", "nova_cell0": "nova_cell0", "ovs_neutron": "neutron"},
        )
