/**
 * Parameters that environment files of a site may set although no template of the resolved tree declares them, so that
 * Heat drops them silently: the names, the files, and the reason. Any other undeclared parameter fails the test, because it
 * may be a misspelt name.
 */
export const exceptions: { name: RegExp; from: RegExp; reason: string }[] = [
  {
    name: /(NetCidr|AllocationPools|SubnetCidr_\w+|AllocationPools_\w+|InterfaceDefaultRoute_\w+|NetworkVlanID_\w+)$/,
    from: /\/environments\/network-environment\.yaml$/,
    reason:
      'TripleO’s own file has them for networks that Heat creates; here `network provision` creates them',
  },
  {
    name: /^ManageNetworks$/,
    from: /\/environments\/dcn(-storage)?\.yaml$/,
    reason: 'TripleO’s own file has it for networks that Heat creates; here `network provision` creates them',
  },
  {
    name: /^VipPortMap$/,
    from: /\/deployed-vips-[\w-]+\.yaml$/,
    reason: '`network vip provision` of tripleo-ansible 6.0.0 writes it; templates 14.3.0 do not know it',
  },
  {
    name: /^(DeployedCeph|CephadmDefaultContainer|ApplyCephConfigOverridesOnUpdate)$/,
    from: /\/deployed-ceph-[\w-]+\.yaml$/,
    reason: '`ceph deploy` writes it; templates 14.3.0 are older than those of Wallaby’s tip',
  },
  {
    name: /^ExternalCeph$/,
    from: /\/external-ceph\.yaml$/,
    reason: 'templates of Wallaby’s tip need it for an external Ceph; 14.3.0 are older',
  },
  {
    name: /^CephExternalMonHost$/,
    from: /\/external-ceph\/\w+_ceph_client\.yaml$/,
    reason:
      'ceph-client.yaml of Wallaby’s tip has it; that of 14.3.0 reads monitors from the file of CephClientConfigVars alone',
  },
  {
    name: /^NovaComputeAvailabilityZone$/,
    from: /\/control-plane\/az\.yaml$/,
    reason:
      'a control plane without computes has a zone only for volumes; its az.yaml is the same as with computes',
  },
  {
    name: /^AuthCloudName$/,
    from: /\/control-plane-export\.yaml$/,
    reason: '`export` of client 20.0.0 writes it for templates of Zed',
  },
];
