/** Names of TripleO's own roles (THT roles/), supported or not: `roles generate` takes these by their names. */
export const standardRoles: ReadonlySet<string> = new Set(
  `
  BlockStorage CellController CephAll CephFile CephObject CephStorage Compute ComputeAlt ComputeDVR ComputeHCI
  ComputeHCIOvsDpdk ComputeHCISriov ComputeInstanceHA ComputeLiquidio ComputeLocalEphemeral ComputeOvsDpdk
  ComputeOvsDpdkRT ComputeOvsDpdkSriov ComputeOvsDpdkSriovRT ComputePPC64LE ComputeRBDEphemeral
  ComputeRealTime ComputeSriov ComputeSriovIB ComputeSriovRT ComputeVdpa Controller
  ControllerAllNovaStandalone ControllerNoCeph ControllerNovaStandalone ControllerOpenstack ControllerSriov
  ControllerStorageDashboard ControllerStorageNfs Database DesignateBind DistributedCompute DistributedComputeHCI
  DistributedComputeHCIDashboard DistributedComputeHCIScaleOut DistributedComputeScaleOut HciCephAll
  HciCephFile HciCephMon HciCephObject IronicConductor Messaging Minimal Networker NetworkerSriov NovaManager
  Novacontrol ObjectStorage Standalone Telemetry Undercloud UndercloudMinion
  `
    .trim()
    .split(/\s+/),
);

/**
 * Names of resources and types in TripleO's templates (THT overcloud.j2.yaml, overcloud-resource-registry-puppet.j2.yaml), and beginnings of such names:
 * a role's resources and types begin with the name of the role, and Heat would have one name for two of them.
 */
export const templateNames: ReadonlySet<string> = new Set(
  `
  AllNodes AllNodesDeploySteps AllNodesDeployment AllNodesExtraConfig AnsibleHostVars BlacklistedHostnames
  BlacklistedIpAddresses CloudNames ControlVirtualIP DefaultPasswords Deployed DeployedServer DeployedServerEnvironment
  DeploymentServerBlacklistDict DeploymentSteps EndpointMap EndpointMapData FirewallFrontendRules GlobalConfig
  HostsEntryValue NetCidrMapValue NetIpVersionMapValue Network Networks Node NodeAdmin NodeAdminUserData NodeExtraConfig
  NodeExtraConfigPost NodeTLSCAData NodeTLSData NodeTimesync NodeTimesyncUserData NodeUserData PostDeploySteps
  PublicVirtualIP RandomString Server ServerIdMap ServiceNetMap Services SoftwareDeployment Tasks VipHosts VipMap
  WorkflowSteps
  `
    .trim()
    .split(/\s+/),
);
