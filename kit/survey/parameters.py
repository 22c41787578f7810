"""
Which parameters of environment files leave the undercloud: those that are named here, in the form that
TripleO's templates give them, and switches. Of all others only the names leave: their values may be secrets.
"""

import math
import re

_PLAIN = frozenset(
    (
        "CephClientUserName",
        "CephClusterFSID",
        "CephClusterName",
        "CephExternalMonHost",
        "CephPoolDefaultSize",
        "CephSpecFqdn",
        "CinderRbdPoolName",
        "CinderStorageAvailabilityZone",
        "CinderVolumeCluster",
        "CloudDomain",
        "CloudName",
        "CloudNameCtlplane",
        "CloudNameInternal",
        "CloudNameStorage",
        "CloudNameStorageManagement",
        "DnsServers",
        "GlanceBackend",
        "GlanceBackendID",
        "GlanceEnabledImportMethods",
        "GlanceImageCacheMaxSize",
        "GlanceImagePrefetcherInterval",
        "GlanceRbdPoolName",
        "GlanceStoreDescription",
        "KernelIpv4ConfAllRpFilter",
        "NeutronBridgeMappings",
        "NeutronFlatNetworks",
        "NeutronGlobalPhysnetMtu",
        "NeutronNetworkType",
        "NeutronNetworkVLANRanges",
        "NeutronTunnelTypes",
        "NovaComputeAvailabilityZone",
        "NovaComputeLibvirtType",
        "NovaRbdPoolName",
        "NovaReservedHostMemory",
        "NovaSchedulerDiscoverHostsInCellsInterval",
        "NtpServer",
        "TimeZone",
    )
)
"""Parameters that are texts, numbers, or lists of these."""

_OF_ROLES = re.compile(r"[A-Za-z0-9]+(ControlPlaneSubnet|NetworkConfigTemplate|HostnameFormat|Count)")
_GROUPS = re.compile(r"[A-Za-z0-9]+Parameters")
"""Parameters of one role: a map with the names of others."""

_HIERA = re.compile(r"[A-Za-z0-9]*ExtraConfig")
_HIERA_KEYS = frozenset(
    (
        "cinder::default_availability_zone",
        "nova::availability_zone::default_schedule_zone",
        "nova::glance::endpoint_override",
    )
)

_NAMES = frozenset(("ServiceNetMap", "VipSubnetMap"))
"""Maps of names to names."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")

_OF_ROLE_DATA = frozenset(
    (
        *("FsAioMaxNumber", "IsolCpusList", "KernelArgs", "NovaComputeCpuDedicatedSet"),
        *("NovaComputeCpuSharedSet", "NovaComputeStartupDelay", "NovaLibvirtMemStatsPeriodSeconds"),
        *("NovaLibvirtRxQueueSize", "NovaLibvirtTxQueueSize", "OVNCMSOptions", "TunedProfileName"),
        "VhostuserSocketGroup",
    )
)
"""Further parameters that TripleO's role data has (THT roles/*.yaml)."""

_ENTRIES = {
    "ExtraFirewallRules": ("dport", "proto", "source"),
    "GlanceApiPolicies": ("key", "value"),
    "GlanceMultistoreConfig": (
        *("CephClientUserName", "CephClusterName", "GlanceBackend", "GlanceRbdPoolName"),
        "GlanceStoreDescription",
    ),
}
"""Maps of maps: the keys of the inner ones that are taken."""

_POOL = (
    *("application", "name", "pg_autoscale", "pg_autoscale_mode", "pg_num", "pgp_num", "rule_name", "size"),
    "target_size_ratio",
)


def take(parameters):
    """
    The parameters that may leave the undercloud: those that are named above, and switches, which are no
    secrets.

    Args:
        parameters: `parameter_defaults` of an environment.
    """
    taken = {name: _taken(name, value) for name, value in parameters.items()}
    return {name: value for name, value in taken.items() if value is not None}


def take_of_role(parameters):
    """
    The same of the parameters in role data, and those that TripleO's own role data has.

    Args:
        parameters: `RoleParametersDefault` of a role.
    """
    return {**fields(parameters, _OF_ROLE_DATA), **take(parameters)}


def names(parameters):
    """
    The names of all parameters, sorted; those in a map of a role and keys of hiera as `<map>.<name>`.

    Args:
        parameters: as of `take`.
    """
    found = [str(name) for name in parameters]
    for name, value in parameters.items():
        if isinstance(value, dict) and (_GROUPS.fullmatch(str(name)) or _HIERA.fullmatch(str(name))):
            found += [f"{name}.{inner}" for inner in value]
    return sorted(found)


def _taken(name, value):
    """A parameter's value, or the parts of it that may leave; None: none may."""
    if isinstance(value, bool):
        return value
    if name in _PLAIN or _OF_ROLES.fullmatch(name):
        return value if _is_plain(value) else None
    if name == "CephPools" and isinstance(value, list):
        return [fields(pool, _POOL) for pool in value if isinstance(pool, dict)]
    if not isinstance(value, dict):
        return None
    if _GROUPS.fullmatch(name):
        return take(value)
    if _HIERA.fullmatch(name):
        return {key: inner for key, inner in value.items() if key in _HIERA_KEYS or isinstance(inner, bool)}
    if name in _NAMES:
        return {key: inner for key, inner in value.items() if _NAME.fullmatch(str(inner))}
    if name in _ENTRIES:
        return {key: fields(inner, _ENTRIES[name]) for key, inner in value.items() if isinstance(inner, dict)}
    return None


def fields(mapping, names):
    """The keys of a mapping that are in `names` and have a text, a number, or a list of these."""
    return {key: value for key, value in mapping.items() if key in names and _is_plain(value)}


def _is_plain(value):
    values = value if isinstance(value, list) else [value]
    # JSON has no infinite numbers.
    return all(
        isinstance(one, (str, int)) or (isinstance(one, float) and math.isfinite(one)) for one in values
    )
