/** Names of TripleO's own roles (THT roles/), supported or not: `roles generate` takes these by their names. */
export const standardRoles: ReadonlySet<string> = new Set(
  `
  BlockStorage CellController CephAll CephFile CephObject CephStorage Compute ComputeAlt ComputeDVR ComputeHCI
  ComputeHCIOvsDpdk ComputeHCISriov ComputeInstanceHA ComputeLiquidio ComputeLocalEphemeral ComputeOvsDpdk
  ComputeOvsDpdkRT ComputeOvsDpdkSriov ComputeOvsDpdkSriovRT ComputePPC64LE ComputeRBDEphemeral
  ComputeRealTime ComputeSriov ComputeSriovIB ComputeSriovRT ComputeVdpa Controller
  ControllerAllNovaStandalone ControllerNoCeph ControllerNovaStandalone ControllerOpenstack ControllerSriov
  ControllerStorageDashboard ControllerStorageNfs Database DistributedCompute DistributedComputeHCI
  DistributedComputeHCIDashboard DistributedComputeHCIScaleOut DistributedComputeScaleOut HciCephAll
  HciCephFile HciCephMon HciCephObject IronicConductor Messaging Minimal Networker NetworkerSriov NovaManager
  Novacontrol ObjectStorage Standalone Telemetry Undercloud UndercloudMinion
  `
    .trim()
    .split(/\s+/),
);
