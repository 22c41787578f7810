"""glance-api: on every Controller, and at an edge site on every node of a role with GlanceApiEdge.

From THT's glance-api-container-puppet.yaml and glance-api-edge-container-puppet.yaml, read as
puppet-tripleo's profile::base::glance::api does.
"""

from dcn_common import balancing
from dcn_common.errors import SandboxError
from dcn_common.services.keystone import authtoken, database_url

SERVICES = {"glance_api", "glance_api_edge"}
PROFILE = "tripleo::profile::base::glance::api"
SWIFT = "glance::backend::swift::swift_store"
SWIFT_REFERENCE = "ref1"
"""puppet-glance's default_swift_reference."""


def deploy_step(step, overcloud, node):
    if not SERVICES & set(node.services):
        return []
    if step == 3:
        return [("glance.configure", configuration(node))]
    if step == 4:
        # Only a glance-api with a cache has a prefetcher.
        interval = node.hiera("glance::api::cache_prefetcher_interval") if _cache(node) else None
        return [("glance.serve", {"prefetch_seconds": interval})]
    if step == 5:
        return [("glance.ready", {"url": f"http://{node.hiera('glance::api::bind_host')}:{port(node)}"})]
    return []


def port(node):
    """Returns the port of a node's glance-api."""
    return int(node.hiera("glance::api::bind_port"))


def stores(node):
    """Returns {id: {type, description, options}} of all stores, the default one first.

    Raises:
        SandboxError: a store has no backend, or one that is not stood in for.
    """
    default = {
        "GlanceBackend": node.hiera("glance_backend"),
        "GlanceStoreDescription": node.hiera(f"{PROFILE}::glance_store_description"),
    }
    found = {
        node.hiera(f"{PROFILE}::glance_backend_id"): default,
        **(node.hiera(f"{PROFILE}::multistore_config") or {}),
    }
    return {name: _store(node, name, store) for name, store in found.items()}


def _store(node, name, store):
    kind = store.get("GlanceBackend")
    if not kind:
        raise SandboxError(f"GlanceMultistoreConfig: {name} has no GlanceBackend")
    if kind == "swift":
        return {"type": kind, "description": store.get("GlanceStoreDescription", ""), "options": _swift(node)}
    if kind != "rbd":
        raise SandboxError(f"store {name}: GlanceBackend {kind} is not stood in for, only rbd and swift are")
    common = "glance::backend::rbd::rbd_store"
    cluster = store.get("CephClusterName")
    options = {
        "rbd_store_ceph_conf": f"/etc/ceph/{cluster}.conf" if cluster else node.hiera(f"{common}_ceph_conf"),
        "rbd_store_pool": store.get("GlanceRbdPoolName") or node.hiera(f"{common}_pool"),
        "rbd_store_user": store.get("CephClientUserName") or node.hiera(f"{common}_user"),
        "rbd_thin_provisioning": node.hiera("glance::backend::rbd::rbd_thin_provisioning", False),
    }
    return {"type": kind, "description": store.get("GlanceStoreDescription", ""), "options": options}


def _swift(node):
    """Options of puppet-glance's backend::multistore::swift, without those of glance-swift.conf."""
    return {
        "swift_store_config_file": "/etc/glance/glance-swift.conf",
        "default_swift_reference": SWIFT_REFERENCE,
        "swift_store_container": "glance",
        "swift_store_endpoint_type": "internalURL",
        "swift_store_create_container_on_put": node.hiera(f"{SWIFT}_create_container_on_put"),
    }


def _swift_reference(node):
    """Sections of glance-swift.conf."""
    given = {part: node.hiera(f"{SWIFT}_{part}") for part in ("user", "key", "auth_address", "auth_version")}
    return {SWIFT_REFERENCE: {**given, "user_domain_id": "default", "project_domain_id": "default"}}


def _cache(node):
    """Options of the image cache for glance-api.conf and glance-cache.conf; empty if the cache is off."""
    if not node.hiera(f"{PROFILE}::glance_enable_cache", False):
        return {}
    names = ("image_cache_dir", "image_cache_max_size", "image_cache_stall_time")
    return {name: node.hiera(f"glance::api::{name}") for name in names}


def configuration(node):
    """Returns the arguments of node/glance.py's configure()."""
    all_stores = stores(node)
    methods = node.hiera("glance::api::enabled_import_methods")
    address, own_port = node.hiera("glance::api::bind_host"), port(node)
    options = {
        "DEFAULT": {
            "bind_host": address,
            "bind_port": own_port,
            "workers": node.hiera("glance::api::workers", 1),
            "debug": node.hiera("glance::api::logging::debug", False),
            "log_file": "/var/log/glance/api.log",
            "enabled_backends": ",".join(f"{name}:{store['type']}" for name, store in all_stores.items()),
            "enabled_import_methods": "[{}]".format(",".join(methods)),
            "node_staging_uri": node.hiera("glance::api::node_staging_uri"),
            "show_image_direct_url": node.hiera("glance::api::show_image_direct_url"),
            "show_multiple_locations": node.hiera("glance::api::show_multiple_locations"),
            "image_member_quota": node.hiera("glance::api::image_member_quota"),
            **_cache(node),
        },
        "database": {"connection": database_url(node.hiera("glance::api::database_connection"))},
        "glance_store": {"default_backend": next(iter(all_stores))},
        **{
            name: {"store_description": store["description"], **store["options"]}
            for name, store in all_stores.items()
        },
        "keystone_authtoken": authtoken(node, "glance::api::authtoken", "glance"),
        "paste_deploy": {"flavor": node.hiera("glance::api::pipeline")},
        "oslo_middleware": {
            "enable_proxy_headers_parsing": node.hiera("glance::api::enable_proxy_headers_parsing")
        },
    }
    if "glance-direct" in methods:
        options["DEFAULT"]["worker_self_reference_url"] = f"http://{address}:{own_port}"
    if node.hiera("glance::api::disk_formats"):
        options["image_format"] = {"disk_formats": ",".join(node.hiera("glance::api::disk_formats"))}
    # Options that no class of puppet-glance knows (puppet-glance config.pp).
    for name, setting in (node.hiera("glance::config::api_config") or {}).items():
        section, _, option = name.partition("/")
        options.setdefault(section, {})[option] = setting["value"]
    return {
        "options": options,
        "imports": _imports(node),
        "policies": {
            rule["key"]: rule["value"] for rule in (node.hiera("glance::policy::policies") or {}).values()
        },
        "staging": node.hiera("glance::api::node_staging_uri").replace("file://", "", 1),
        "swift": _swift_reference(node)
        if any(store["type"] == "swift" for store in all_stores.values())
        else {},
        "cache": _cache(node),
    }


def _imports(node):
    """Sections of glance-image-import.conf."""
    plugins = [plugin for plugin in node.hiera("glance::api::image_import_plugins") if plugin != "no_op"] or [
        "no_op"
    ]
    sections = {"image_import_opts": {"image_import_plugins": "[{}]".format(",".join(plugins))}}
    if "image_conversion" in plugins:
        sections["image_conversion"] = {
            "output_format": node.hiera("glance::api::image_conversion_output_format")
        }
    if "inject_metadata" in plugins:
        sections["inject_metadata_properties"] = {
            "ignore_user_roles": ",".join(node.hiera("glance::api::ignore_user_roles")),
            "inject": ",".join(node.hiera("glance::api::inject_metadata_properties")),
        }
    return sections


def balanced(overcloud):
    nodes = overcloud.group("glance_api")
    if not nodes:
        return []
    network = overcloud.network("glance_api")
    front = int(overcloud.endpoints["GlanceInternal"]["port"])
    networks = [network, overcloud.network("public")]
    return [
        balancing.Frontend(
            "glance_api",
            networks,
            front,
            port(nodes[0]),
            nodes,
            network,
            check="/healthcheck",
            tls_port=13292,
        )
    ]
