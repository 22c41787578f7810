/** What the names of TripleO's own services begin with. */
export const servicePrefix = 'OS::TripleO::Services::';

/** Services of the resource registry of tripleo-heat-templates 14.3.0, without those of underclouds. */
const ofRegistry = `
Aide AodhApi AodhEvaluator AodhListener AodhNotifier Apache AuditD BarbicanApi BarbicanBackendDogtag BarbicanBackendKmip
BarbicanBackendPkcs11Crypto BarbicanBackendSimpleCrypto BarbicanClient BlockStorageCinderVolume BootParams CACerts
CeilometerAgentCentral CeilometerAgentIpmi CeilometerAgentNotification CephClient CephExternal CephGrafana CephMds CephMgr CephMon
CephNfs CephOSD CephRbdMirror CephRgw CertmongerUser Chrony CinderApi CinderBackendDellEMCPowerFlex CinderBackendDellEMCPowerStore
CinderBackendDellEMCPowermax CinderBackendDellEMCSc CinderBackendDellEMCUnity CinderBackendDellEMCVMAXISCSI
CinderBackendDellEMCVNX CinderBackendDellEMCVxFlexOS CinderBackendDellEMCXtremio CinderBackendDellSc CinderBackendNVMeOF
CinderBackendNetApp CinderBackendPure CinderBackendScaleIO CinderBackup CinderHPELeftHandISCSI CinderScheduler CinderVolume
CinderVolumeEdge Clustercheck Collectd ComputeCeilometerAgent ComputeInstanceHA ComputeNeutronCorePlugin
ComputeNeutronCorePluginNuage ComputeNeutronL3Agent ComputeNeutronMetadataAgent ComputeNeutronOvsAgent ComputeNeutronOvsDpdk
ContainerImagePrepare ContainersLogrotateCrond DesignateApi DesignateBind DesignateCentral DesignateMDNS DesignateProducer
DesignateSink DesignateWorker Docker DockerRegistry Etcd ExternalSwiftProxy Frr GlanceApi GlanceApiEdge GnocchiApi GnocchiMetricd
GnocchiStatsd HAProxyInternalTLS HAProxyPublicTLS HAproxy HAproxyEdge HeatApi HeatApiCfn HeatApiCloudwatch HeatEngine
HeatEphemeral Horizon IpaClient Ipsec IronicApi IronicConductor IronicInspector IronicNeutronAgent IronicPxe Iscsid Kernel
Keystone LiquidioCompute Logging LoginDefs ManilaApi ManilaBackendCephFs ManilaBackendIsilon ManilaBackendNetapp
ManilaBackendUnity ManilaBackendVMAX ManilaBackendVNX ManilaScheduler ManilaShare MasqueradeNetworks Memcached MetricsQdr
MistralApi MistralEngine MistralEventEngine MistralExecutor Multipathd MySQL MySQLClient NeutronAgentsIBConfig NeutronApi
NeutronBgpVpnApi NeutronBgpVpnBagpipe NeutronCorePlugin NeutronCorePluginML2Ansible NeutronCorePluginML2Nuage
NeutronCorePluginML2OVN NeutronCorePluginMLNXSDN NeutronCorePluginNSX NeutronCorePluginNuage NeutronCorePluginVTS NeutronDhcpAgent
NeutronL2gwAgent NeutronL2gwApi NeutronL3Agent NeutronLinuxbridgeAgent NeutronMetadataAgent NeutronMl2PluginBase NeutronMlnxAgent
NeutronNuageVrs NeutronOvsAgent NeutronSfcApi NeutronSriovAgent NeutronVppAgent NovaAZConfig NovaApi NovaCompute NovaConductor
NovaIronic NovaLibvirt NovaLibvirtGuests NovaManager NovaMetadata NovaMigrationTarget NovaPlacement NovaScheduler NovaVncProxy
Novajoin OVNController OVNDBs OVNMetadataAgent OctaviaApi OctaviaDeploymentConfig OctaviaHealthManager OctaviaHousekeeping
OctaviaWorker OpenStackClients OsloMessagingNotify OsloMessagingRpc OvsDpdkNetcontrold Pacemaker PacemakerRemote PlacementApi
Podman Ptp Qdr RabbitMQ Rear Redis Rhsm Rsyslog RsyslogSidecar SELinux Securetty Snmp Sshd SwiftDispersion SwiftProxy
SwiftRingBuilder SwiftStorage TLSProxyBase Tempest TimeMaster Timesync Timezone Tmpwatch TripleoFirewall TripleoPackages
TripleoValidations Tuned Unbound Vpp Xinetd Zaqar
`;

/** Services that later releases of Wallaby have, too. */
const later = ['GlanceApiInternal', 'ManilaBackendPowerMax', 'NovaLibvirtLegacy', 'OVNBgpAgent'];

/** The services that a role may have by their names, without `servicePrefix`; others are an operator's own, in an environment file. */
export const serviceNames: ReadonlySet<string> = new Set([...ofRegistry.trim().split(/\s+/), ...later]);

/** The services that the sandbox's TripleO, which is 14.3.0, does not have. */
export const laterServices: ReadonlySet<string> = new Set(later);
