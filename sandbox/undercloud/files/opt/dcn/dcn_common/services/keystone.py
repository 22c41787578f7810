"""Keystone on every Controller, with the services of this package, their users and endpoints."""

import subprocess

import yaml

from dcn_common import balancing
from dcn_common.overcloud import included
from dcn_common.services import memcached

CLOUDS = "/etc/openstack/clouds.yaml"

# HAProxy answers 503 for a service that has just started, until two of its checks, which are two seconds
# apart, have found the service. keystoneauth repeats such requests after 0.5, 1, 2 ... 32 s.
STATUS_CODE_RETRIES = 7

# Services of the catalog that the lab runs. The entry `cinder` has only a user.
CATALOG = ("glance", "swift")
CATALOG_OF_SERVERS = ("cinder", "cinderv3", "neutron", "nova", "placement")


def external_deploy_step(step, overcloud, fleet):
    """Carries out the tasks of THT's keystone-container-puppet.yaml that run on the undercloud."""
    nodes = overcloud.group("keystone")
    if not nodes:
        return
    if step == 1:
        for variables in _clouds(overcloud):
            _write_cloud(variables)
    if step == 5:
        for resources in included(overcloud.external_tasks(4), "tripleo_keystone_resources"):
            fleet.on(nodes[0].name, "keystone.resources", **wanted_resources(overcloud, nodes[0], resources))


def _clouds(overcloud):
    return included(overcloud.external_tasks(1), "tripleo_keystone_resources", "clouds")


def _cloud_config(variables):
    return {
        name: value for name, value in variables["tripleo_keystone_resources_cloud_config"].items() if value
    }


def administrator(overcloud):
    """Returns a connection of openstacksdk to the stack's own cloud, as its administrator."""
    return connection(**_cloud_config(_clouds(overcloud)[0]))


def connection(**config):
    """Returns a connection of openstacksdk, whose requests are repeated while services start."""
    import openstack  # takes half a second, and most deploys do not need it

    return openstack.connect(
        load_yaml_config=False, load_envvars=False, status_code_retries=STATUS_CODE_RETRIES, **config
    )


def _write_cloud(variables):
    """Adds the overcloud to the undercloud's clouds.yaml, which only root can read."""
    text = subprocess.run(["sudo", "-n", "cat", CLOUDS], stdout=subprocess.PIPE, text=True, check=True).stdout
    clouds = yaml.safe_load(text)
    clouds["clouds"][variables["tripleo_keystone_resources_cloud_name"]] = _cloud_config(variables)
    write = ["sudo", "-n", "install", "-m", "0600", "-o", "root", "/dev/stdin", CLOUDS]
    subprocess.run(write, input=yaml.safe_dump(clouds), text=True, check=True)


def wanted_resources(overcloud, node, variables):
    """Returns the arguments of node/keystone.py's resources()."""
    catalog = overcloud.variables["keystone_resources"]
    prefix = "tripleo_keystone_resources_"
    names = [*CATALOG, *(CATALOG_OF_SERVERS if overcloud.servers else [])]
    services = {name: catalog[name] for name in names if name in catalog}
    member = ["member"] if variables.get(f"{prefix}member_role_enabled", True) else []
    return {
        "url": own_url(node),
        "password": variables[f"{prefix}admin_password"],
        "region": variables[f"{prefix}region"],
        "project": variables[f"{prefix}service_project"],
        "services": services,
        "roles": [*member, *(role for service in services.values() for role in service.get("roles") or [])],
    }


def deploy_step(step, overcloud, node):
    if "keystone" not in node.services:
        return []
    if step == 3:
        first = node is overcloud.group("keystone")[0]
        sockets = zip(node.hiera("keystone::wsgi::apache::bind_host"), _ports(node))
        return [
            ("keystone.configure", configuration(node)),
            *([("keystone.bootstrap", bootstrap(overcloud, node))] if first else []),
            ("keystone.serve", {"sockets": [f"{address}:{port}" for address, port in sockets]}),
        ]
    return [("keystone.ready", {"url": own_url(node)})] if step == 5 else []


def own_url(node):
    """Returns the URL of Keystone on this node, without a version."""
    return f"http://{node.address(node.overcloud.network('keystone_public_api'))}:{_ports(node)[0]}"


def _ports(node):
    return [int(port) for port in node.hiera("keystone::wsgi::apache::api_port")]


def configuration(node):
    """Returns the arguments of node/keystone.py's configure()."""
    return {
        "options": {
            "DEFAULT": {"debug": node.hiera("keystone::logging::debug", False)},
            "database": {"connection": database_url(node.hiera("keystone::database_connection"))},
            "token": {
                "provider": node.hiera("keystone::token_provider", "fernet"),
                "expiration": node.hiera("keystone::token_expiration", 3600),
            },
            "fernet_tokens": {"max_active_keys": node.hiera("keystone::fernet_max_active_keys", 5)},
            "cache": {
                "enabled": node.hiera("keystone::cache::enabled", True),
                "backend": node.hiera("keystone::cache::backend", "dogpile.cache.memcached"),
                "memcache_servers": ",".join(memcached.servers(node)),
            },
            "oslo_middleware": {"enable_proxy_headers_parsing": True},
            # Few rounds are fast, and safe for random passwords.
            "identity": {"password_hash_rounds": 4},
        },
        "keys": {
            path: key["content"]
            for kind in ("fernet", "credential")
            for path, key in (node.hiera(f"keystone::{kind}_keys") or {}).items()
        },
    }


def bootstrap(overcloud, node):
    """Returns the arguments of node/keystone.py's bootstrap()."""
    urls = {kind: node.hiera(f"keystone::endpoint::{kind}_url") for kind in ("public", "internal", "admin")}
    return {
        "password": node.hiera("keystone::admin_password"),
        "region": node.hiera("keystone::endpoint::region"),
        "urls": urls,
    }


def database_url(url):
    """Returns a database's URL without its options file, which only TripleO's containers have."""
    return url.partition("?")[0]


def credentials(node, prefix, user):
    """Returns the section with which a service logs in as `user`; empty if puppet's data have no auth_url.

    Args:
        prefix: of the keys of puppet's data, without `::`.
    """
    given = {key.rpartition("::")[2]: value for key, value in node.hiera_matching(rf"{prefix}::\w+").items()}
    if "auth_url" not in given:
        return {}
    return {
        "auth_type": "password",
        "username": user,
        "user_domain_name": "Default",
        "project_domain_name": "Default",
        **given,
    }


def authtoken(node, prefix, user):
    """Returns the section with which a service's API checks tokens; arguments as of credentials()."""
    section = {**credentials(node, prefix, user), "memcached_servers": ",".join(memcached.servers(node))}
    # The distribution's client library does not have this option.
    section.pop("memcache_use_advanced_pool", None)
    return section


def balanced(overcloud):
    nodes = overcloud.group("keystone")
    if not nodes:
        return []
    public, admin = overcloud.network("keystone_public_api"), overcloud.network("keystone_admin_api")
    ports = [int(overcloud.endpoints[f"Keystone{kind}"]["port"]) for kind in ("Internal", "Admin")]
    back = _ports(nodes[0])
    networks = [public, overcloud.network("public")]
    return [
        balancing.Frontend(
            "keystone_public", networks, ports[0], back[0], nodes, public, check="/v3", tls_port=13000
        ),
        balancing.Frontend("keystone_admin", [admin], ports[1], back[1], nodes, admin, check="/v3"),
    ]
