"""
The results of steps, of what stands: TripleO's client keeps roles file and merged environment of the latest
deployment of a stack in ~/overcloud-deploy/<stack> (tripleoclient constants.py KIND_TEMPLATES,
STACK_ENV_FILE_NAME). The files that earlier verbs wrote for that deployment are parts of the environment.
"""

import os
import re

import yaml

from errors import KitError
from files import read_yaml
from lab import home

TEMPLATES = "/usr/share/openstack-tripleo-heat-templates"

# tripleo-ansible module_utils/baremetal_deploy.py and tripleo_overcloud_network_provision.py,
# roles/tripleo_cephadm/templates/deployed_ceph.yaml.j2: what each verb's --output has.
_PARAMETERS = {
    "network-provision": r"DeployedNetworkEnvironment",
    "vip-provision": r"VipPortMap|ControlPlaneVipData",
    "node-provision": (
        r"HostnameMap|DeployedServerPortMap|NodePortMap|ROLE(Count|HostnameFormat|RemovalPolicies)"
    ),
    "ceph-deploy": (
        r"CephClusterFSID|CephDynamicSpec|DeployedCeph|CephSpecFqdn|CephadmDefaultContainer|"
        r"ContainerCephDaemonImage|CephClusterName|CephClientConfigVars|ApplyCephConfigOverridesOnUpdate"
    ),
}
_NEEDED = {
    "network-provision": "DeployedNetworkEnvironment",
    "vip-provision": "ControlPlaneVipData",
    "node-provision": "NodePortMap",
    "ceph-deploy": "CephClusterFSID",
}
# What the file always has, and the merged environment lacks if it is empty or the templates do not know it.
_CONSTANTS = {"vip-provision": {"VipPortMap": {}}, "ceph-deploy": {"DeployedCeph": True}}
_RESOURCES = {
    "network-provision": r"OS::TripleO::Network=deployed_networks\.yaml",
    "vip-provision": r"OS::TripleO::Network::Ports::\w+VipPort=deployed_vip_\w+\.yaml",
    "node-provision": (
        r"OS::TripleO::DeployedServer::ControlPlanePort=.*|OS::TripleO::ROLE::Ports::\w+=deployed_\w+\.yaml"
    ),
    "ceph-deploy": r"(?!)",
}


class Standing:
    """
    The files of a stack that stands.

    Args:
        stack: TripleO's name of it.
    """

    def __init__(self, stack):
        self.stack = stack
        self.directory = home("overcloud-deploy", stack)
        self.environment = self._path("environment", f"tripleo-{stack}-environment.yaml")
        self.roles = self._path(f"tripleo-{stack}-roles-data.yaml")

    def _path(self, *names):
        return os.path.join(self.directory, *names)

    def faults(self):
        """A line for each reason why the stack's overcloud cannot be taken for deployed."""
        status = self._path(f"{self.stack}-deployment_status.yaml")
        passwords = self._path(f"{self.stack}-passwords.yaml")
        faults = []
        try:
            found = read_yaml(status).get("deployment_status")
        except FileNotFoundError:
            found = "is missing"
        if found != "DEPLOY_SUCCESS":
            faults.append(
                f"stack {self.stack}: {status}: {found}: its last deployment did not succeed; deploy it "
                "again as before"
            )
        for path, why in (
            (passwords, "the next deployment would make new passwords"),
            (self.environment, "nothing else says with what the stack was deployed"),
            (self.roles, "nothing else says which roles it has"),
        ):
            if not os.path.exists(path):
                faults.append(
                    f"stack {self.stack}: {path} is missing, and {why}; put it back, or deploy the stack "
                    "as before"
                )
        return faults

    def result(self, step):
        """
        The content of the file that a step's verb wrote for the latest deployment.

        Args:
            step: roles-generate, network-provision, vip-provision, node-provision or ceph-deploy.

        Returns:
            The text; None if nothing has the step's result.

        Raises:
            KitError: a file is damaged.
        """
        try:
            if step == "roles-generate":
                with open(self.roles, encoding="utf-8") as file:
                    return file.read()
            return self._part(step) if step in _PARAMETERS else None
        except FileNotFoundError:
            return None

    def _part(self, step):
        """The part of the merged environment that came from a step's file, as an environment file."""
        merged = read_yaml(self.environment)
        parameters = merged.get("parameter_defaults") or {}
        registry = merged.get("resource_registry") or {}
        if _NEEDED[step] not in parameters:
            return None
        roles = "|".join(map(re.escape, self._role_names())) or "(?!)"
        parameter, resource = (
            table[step].replace("ROLE", f"(?:{roles})") for table in (_PARAMETERS, _RESOURCES)
        )
        own = {name: value for name, value in parameters.items() if re.fullmatch(parameter, name)}
        part = {"parameter_defaults": {**_CONSTANTS.get(step, {}), **own}}
        types = {name: self._template(str(value)) for name, value in registry.items()}
        found = {
            name: path
            for name, path in types.items()
            if re.fullmatch(resource, f"{name}={os.path.basename(path)}")
        }
        if found:
            part["resource_registry"] = found
        return yaml.safe_dump(part, width=10**6)

    def _role_names(self):
        with open(self.roles, encoding="utf-8") as file:
            roles = yaml.safe_load(file) or []
        if not isinstance(roles, list):
            raise KitError(
                f"{self.roles}: is no list; put back what TripleO wrote, or deploy the stack as before"
            )
        return [str(role.get("name")) for role in roles if isinstance(role, dict)]

    def _template(self, url):
        """
        The path of a template in TripleO's own tree: the client renders all templates into a copy of the
        tree, which each deployment makes anew.
        """
        copy = rf"^file://.*/overcloud-deploy/{re.escape(self.stack)}/tripleo-heat-templates/"
        return re.sub(r"^file://", "", re.sub(copy, f"{TEMPLATES}/", url))
