import json
import re
import tempfile
import unittest
from typing import ClassVar
from unittest import mock

from dcn_common.errors import SandboxError
from dcn_common.services import ca_certs, ceph_client, glance_api, haproxy, keystone, mysql, swift

PROFILE = "tripleo::profile::base::glance::api"
HIERA = {
    "glance_backend": "rbd",
    f"{PROFILE}::glance_backend_id": "dcn0",
    f"{PROFILE}::glance_store_description": "dcn0 store",
    f"{PROFILE}::multistore_config": {
        "central": {
            "GlanceBackend": "rbd",
            "GlanceStoreDescription": "central store",
            "CephClusterName": "central",
        }
    },
    "glance::backend::rbd::rbd_store_ceph_conf": "/etc/ceph/dcn0.conf",
    "glance::backend::rbd::rbd_store_pool": "images",
    "glance::backend::rbd::rbd_store_user": "openstack",
    "glance::api::bind_host": "10.4.16.74",
    "glance::api::bind_port": "9292",
    "glance::api::enabled_import_methods": ["web-download", "copy-image"],
    "glance::api::image_import_plugins": ["no_op", "image_conversion"],
    "glance::api::image_conversion_output_format": "raw",
    "glance::api::node_staging_uri": "file:///var/lib/glance/staging",
    "glance::api::database_connection": "mysql+pymysql://glance:x@10.4.0.5/glance?read_default_file=/etc/my.cnf",
    "glance::api::pipeline": "keystone",
    "glance::api::authtoken::auth_url": "http://10.4.0.5:5000",
    "glance::api::authtoken::memcache_use_advanced_pool": True,
    "glance::policy::policies": {"copy": {"key": "copy_image", "value": "role:member"}},
}


class Node:
    """The part of overcloud.Node that services use."""

    overcloud = mock.Mock(all_nodes={"memcached_node_ips": ["10.4.0.10"]})

    def __init__(self, **changed):
        self._hiera = {**HIERA, **changed}

    def hiera(self, key, default=None):
        return self._hiera.get(key, default)

    def hiera_matching(self, pattern):
        return {key: value for key, value in self._hiera.items() if re.fullmatch(pattern, key)}


class Glance(unittest.TestCase):
    def test_options_that_no_class_of_puppet_knows_are_set(self):
        given = {
            "DEFAULT/image_location_quota": {"value": -1},
            "task/task_time_to_live": {"value": 9},
        }
        options = glance_api.configuration(Node(**{"glance::config::api_config": given}))["options"]
        self.assertEqual(options["DEFAULT"]["image_location_quota"], -1)
        self.assertEqual(options["DEFAULT"]["enabled_backends"], "dcn0:rbd,central:rbd")
        self.assertEqual(options["task"], {"task_time_to_live": 9})

    def test_a_sites_own_store_is_the_first_and_the_default(self):
        options = glance_api.configuration(Node())["options"]
        self.assertEqual(options["DEFAULT"]["enabled_backends"], "dcn0:rbd,central:rbd")
        self.assertEqual(options["glance_store"]["default_backend"], "dcn0")
        self.assertEqual(options["dcn0"]["rbd_store_ceph_conf"], "/etc/ceph/dcn0.conf")
        self.assertEqual(options["central"]["rbd_store_ceph_conf"], "/etc/ceph/central.conf")
        self.assertEqual(options["central"]["rbd_store_pool"], "images")

    def test_each_store_has_its_own_user_or_that_of_the_sites_cluster(self):
        stores = f"{glance_api.PROFILE}::multistore_config"
        own = {"glance::backend::rbd::rbd_store_user": "edge.0"}
        other = {stores: {"central": {**HIERA[stores]["central"], "CephClientUserName": "core"}}}
        for given, central in ((own, "edge.0"), ({**own, **other}, "core")):
            options = glance_api.configuration(Node(**given))["options"]
            self.assertEqual(options["dcn0"]["rbd_store_user"], "edge.0")
            self.assertEqual(options["central"]["rbd_store_user"], central)

    def test_an_edge_uses_the_control_planes_keystone_database_and_memcached(self):
        options = glance_api.configuration(Node())["options"]
        self.assertEqual(options["keystone_authtoken"]["auth_url"], "http://10.4.0.5:5000")
        self.assertEqual(options["keystone_authtoken"]["memcached_servers"], "10.4.0.10:11211")
        self.assertEqual(options["database"]["connection"], "mysql+pymysql://glance:x@10.4.0.5/glance")

    def test_conversion_and_policies(self):
        configuration = glance_api.configuration(Node())
        self.assertEqual(configuration["imports"]["image_conversion"], {"output_format": "raw"})
        self.assertEqual(configuration["policies"], {"copy_image": "role:member"})

    def test_direct_import_needs_the_workers_own_address(self):
        self.assertNotIn("worker_self_reference_url", glance_api.configuration(Node())["options"]["DEFAULT"])
        direct = Node(**{"glance::api::enabled_import_methods": ["glance-direct"]})
        default = glance_api.configuration(direct)["options"]["DEFAULT"]
        self.assertEqual(default["worker_self_reference_url"], "http://10.4.16.74:9292")

    def test_a_store_without_backend_is_refused(self):
        with self.assertRaisesRegex(SandboxError, "dcn1 has no GlanceBackend"):
            glance_api.stores(
                Node(**{f"{PROFILE}::multistore_config": {"dcn1": {"CephClusterName": "dcn1"}}})
            )

    def test_the_password_for_swift_is_in_a_separate_file(self):
        node = Node(**SWIFT_STORE)
        configuration = glance_api.configuration(node)
        options = configuration["options"]
        self.assertEqual(options["DEFAULT"]["enabled_backends"], "swift:swift")
        self.assertEqual(options["swift"]["swift_store_config_file"], "/etc/glance/glance-swift.conf")
        self.assertEqual(configuration["swift"]["ref1"]["key"], "secret")
        self.assertNotIn("secret", str(options))

    def test_a_cache_only_where_it_is_enabled(self):
        self.assertEqual(glance_api.configuration(Node())["cache"], {})
        cache = {
            f"{PROFILE}::glance_enable_cache": True,
            "glance::api::image_cache_dir": "/var/lib/glance/image-cache",
            "glance::api::image_cache_max_size": "1000",
            "glance::api::image_cache_stall_time": "86400",
        }
        configuration = glance_api.configuration(Node(**cache))
        self.assertEqual(configuration["cache"]["image_cache_max_size"], "1000")
        self.assertEqual(configuration["options"]["DEFAULT"]["image_cache_max_size"], "1000")


SWIFT_STORE = {
    "glance_backend": "swift",
    f"{PROFILE}::glance_backend_id": "swift",
    f"{PROFILE}::multistore_config": {},
    "glance::backend::swift::swift_store_user": "service:glance",
    "glance::backend::swift::swift_store_key": "secret",
    "glance::backend::swift::swift_store_auth_address": "http://10.4.0.5:5000/v3",
    "glance::backend::swift::swift_store_auth_version": 3,
    "glance::backend::swift::swift_store_create_container_on_put": True,
}


class Swift(unittest.TestCase):
    RINGS = "tripleo::profile::base::swift::ringbuilder"

    def rings(self, count):
        hiera = {
            f"{self.RINGS}::raw_disks": [":%PORT%/d1"],
            f"{self.RINGS}::part_power": "10",
            f"{self.RINGS}::replicas": "3",
            f"{self.RINGS}::min_part_hours": "1",
            **{f"swift::storage::all::{kind}_port": port for kind, port in PORTS.items()},
        }
        nodes = [mock.Mock(**{"address.return_value": f"10.12.0.1{number}"}) for number in range(count)]
        overcloud = mock.Mock(**{"group.return_value": nodes, "network.return_value": "storage_mgmt"})
        return swift.rings(overcloud, Node(**hiera))

    def test_a_ring_has_each_nodes_disk_at_the_port_of_its_kind(self):
        devices = self.rings(2)["container"]["devices"]
        self.assertEqual(
            devices, [{"ip": f"10.12.0.1{number}", "port": 6001, "device": "d1"} for number in range(2)]
        )

    def test_no_more_copies_than_disks(self):
        self.assertEqual([self.rings(count)["object"]["replicas"] for count in (1, 3, 5)], [1, 3, 3])


PORTS = {"account": 6002, "container": 6001, "object": 6000}


class Ceph(unittest.TestCase):
    def given(self, **changed):
        return {
            "nova_pool": {"name": "vms", "enabled": True},
            "cinder_pool": {"name": "volumes", "enabled": True, "cinder_extra_pools": []},
            "glance_pool": {"name": "images", "enabled": True},
            "cinder_backup_pool": {"name": "backups", "enabled": True},
            "extra_pools": [],
            "pg_num": 16,
            **changed,
        }

    def names(self, services=(), **changed):
        return [pool["name"] for pool in ceph_client.wanted_pools(self.given(**changed), services)]

    def test_pools_of_the_services(self):
        self.assertEqual(self.names(), ["vms", "volumes", "images"])
        self.assertIn("backups", self.names(["cinder_backup"]))
        self.assertNotIn("images", self.names(glance_pool={"name": "images", "enabled": False}))

    def test_an_entry_of_ceph_pools_replaces_the_built_in_one(self):
        own = {"name": "images", "application": "rbd", "pg_num": 4}
        pools = ceph_client.wanted_pools(self.given(extra_pools=[own]), [])
        self.assertEqual([pool for pool in pools if pool["name"] == "images"], [own])

    def test_a_pool_without_application_is_refused(self):
        with self.assertRaisesRegex(SandboxError, "application"):
            ceph_client.wanted_pools(self.given(extra_pools=[{"name": "extra"}]), [])

    def test_capabilities_cover_all_pools(self):
        given = {"openstack_client": {"name": "openstack", "key": "k"}, "extra_keys": []}
        [key] = ceph_client.wanted_keys(given, [{"name": "images"}, {"name": "vms"}])
        self.assertEqual(key["name"], "client.openstack")
        self.assertEqual(key["caps"]["osd"], "profile rbd pool=images, profile rbd pool=vms")

    def clients(self, **variables):
        written = {"tripleo_ceph_client_fsid": "f", "external_cluster_mon_ips": "m", "keys": [], **variables}
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(json.dumps(written))
            file.flush()
            role = {"name": "tripleo_ceph_client"}
            tasks = [{"include_role": role, "vars": {"tripleo_ceph_client_vars": file.name}}]
            overcloud = mock.Mock(external_tasks=lambda step: tasks if step == ceph_client.STEP else [])
            return ceph_client.clusters_of(overcloud)

    def test_clients_use_the_cluster_that_their_variables_name(self):
        [named] = self.clients(tripleo_ceph_client_cluster="central")
        self.assertEqual([named["name"], named["fsid"], named["monitors"]], ["central", "f", "m"])

    def test_a_cluster_without_a_name_in_the_variables_is_named_ceph(self):
        [nameless] = self.clients()
        self.assertEqual(nameless["name"], "ceph")

    def test_a_key_of_another_cluster_needs_capabilities(self):
        item = {
            "cluster": "dcn0",
            "fsid": "f",
            "external_cluster_mon_ips": "m",
            "keys": [{"name": "client.x", "key": "k"}],
        }
        with self.assertRaisesRegex(SandboxError, "caps"):
            ceph_client.external_cluster(item)


class Frontends(unittest.TestCase):
    def test_haproxy_has_a_frontend_of_each_service_that_the_stack_runs(self):
        node = mock.Mock(services=["haproxy", "mysql"], **{"address.return_value": "10.4.0.10"})
        node.name = "c-0"
        node.hiera.return_value = None
        overcloud = mock.Mock(
            group=lambda service: [node] if service in node.services else [],
            network=lambda service: "internal_api",
            vip=lambda network: "10.4.0.5" if network == "internal_api" else None,
            variables={"networks": {"InternalApi": {"name_lower": "internal_api"}}},
        )
        hold, serve = haproxy.deploy_step(1, overcloud, node)
        self.assertEqual(hold, ("haproxy.hold", {"addresses": ["10.4.0.5"]}))
        listens = [line for line in serve[1]["text"].splitlines() if line.startswith("listen")]
        self.assertEqual(listens, ["listen mysql"])


class Tls(unittest.TestCase):
    TASKS: ClassVar = [
        {"set_fact": {"other": 1}},
        {
            "name": "get parameters",
            "set_fact": {
                "cert_path": "/etc/pki/tls/private/overcloud_endpoint.pem",
                "cert_content": "CERTIFICATE",
                "chain_content": "CHAIN",
                "key_content": "KEY",
            },
        },
        {"name": "no fact"},
    ]

    def served(self, certificate):
        node = mock.Mock(
            services=["haproxy", "mysql", "swift_proxy"], **{"address.return_value": "10.4.0.10"}
        )
        node.name = "c-0"
        hiera = {"tripleo::haproxy::service_certificate": certificate, "swift::proxy::port": 8080}
        node.hiera = lambda key, default=None: hiera.get(key, default)
        vips = {"internal_api": "10.4.0.5", "external": "10.20.0.5"}
        overcloud = mock.Mock(
            group=lambda service: [node] if service in node.services else [],
            network=lambda service: "external" if service == "public" else "internal_api",
            vip=vips.get,
            endpoints={"SwiftInternal": {"port": "8080"}},
            variables={"networks": {"I": {"name_lower": "internal_api"}, "E": {"name_lower": "external"}}},
            host_prep_tasks=lambda role: self.TASKS,
        )
        return haproxy.deploy_step(1, overcloud, node)[1][1]

    def test_haproxy_answers_by_tls_on_the_public_network_alone(self):
        served = self.served("/etc/pki/tls/private/overcloud_endpoint.pem")
        binds = [line.strip() for line in served["text"].splitlines() if " bind " in line]
        self.assertEqual(
            binds,
            [
                "bind 10.4.0.5:3306",
                "bind 10.20.0.5:13808 ssl crt /etc/pki/tls/private/overcloud_endpoint.pem",
                "bind 10.4.0.5:8080",
            ],
        )
        self.assertIn("set-header X-Forwarded-Proto https if { ssl_fc }", served["text"])
        self.assertEqual(
            served["certificates"],
            {"/etc/pki/tls/private/overcloud_endpoint.pem": "CERTIFICATE\nCHAIN\nKEY\n"},
        )

    def test_haproxy_without_a_certificate_is_plain_http(self):
        served = self.served(None)
        self.assertNotIn("ssl", served["text"])
        self.assertIn("bind 10.20.0.5:8080", served["text"])
        self.assertNotIn("certificates", served)

    def test_keystone_listens_on_the_port_of_its_internal_end_point(self):
        ports = {"KeystonePublic": "13000", "KeystoneInternal": "5000", "KeystoneAdmin": "35357"}
        node = mock.Mock(hiera=lambda key: ["5000", "35357"])
        overcloud = mock.Mock(
            group=lambda service: [node], endpoints={name: {"port": port} for name, port in ports.items()}
        )
        found = [(frontend.port, frontend.tls_port) for frontend in keystone.balanced(overcloud)]
        self.assertEqual(found, [(5000, 13000), (35357, 0)])

    def test_nodes_trust_the_cas_of_puppets_data(self):
        authorities = {"tripleo::trusted_cas::ca_map": {"lab": {"content": "CA"}}}
        node = mock.Mock(services=["ca_certs"], hiera=authorities.get)
        self.assertEqual(
            ca_certs.deploy_step(1, None, node), [("ca_certs.trust", {"certificates": {"lab": "CA"}})]
        )
        self.assertEqual(ca_certs.deploy_step(2, None, node), [])
        self.assertEqual(ca_certs.deploy_step(1, None, mock.Mock(services=["ca_certs"], hiera={}.get)), [])


class Databases(unittest.TestCase):
    def test_all_databases_of_the_hieradata(self):
        values = {
            "nova::db::mysql::dbname": "nova",
            "nova::db::mysql::user": "nova",
            "nova::db::mysql::password": "p",
            "nova::db::mysql_api::dbname": "nova_api",
            "nova::db::mysql_api::user": "nova_api",
            "nova::db::mysql_api::password": "q",
        }
        names = {key: value for key, value in values.items() if key.endswith("dbname")}
        node = mock.Mock(hiera=values.get, hiera_matching=lambda pattern: names)
        found = [(base["name"], base["user"], base["password"]) for base in mysql.databases(node)]
        self.assertEqual(
            found,
            [("nova", "nova", "p"), ("nova_api", "nova_api", "q"), ("nova_cell0", "nova", "p")],
        )
