import type { Lab, LabSite } from '../lab';
import { rolesOfLab } from '../roles';

/** Parameters of neutron.yaml; none where the lab file has no key of Neutron. */
export function neutronParameters(
  { networks, physicalNetworks, physicalNetworkMtu }: Lab,
  site: LabSite,
): Record<string, unknown> {
  // TripleO takes the MTU of the tenant network; without one it takes 1500, whatever network has the tunnels.
  const mtu = physicalNetworkMtu ?? (networks.tenant ? undefined : networks.internal_api.mtu);
  return {
    // Computes have no neutron-server (THT overcloud-resource-registry-puppet.j2.yaml ComputeNeutronCorePlugin).
    ...(site.kind === 'control-plane' && physicalNetworks && serverParameters(physicalNetworks)),
    ...(mtu !== undefined && { NeutronGlobalPhysnetMtu: mtu }),
    ...bridgeParameters(site),
  };
}

function serverParameters(networks: NonNullable<Lab['physicalNetworks']>): Record<string, string[]> {
  const entries = Object.entries(networks);
  return {
    NeutronFlatNetworks: entries.flatMap(([name, { flat }]) => (flat ? [name] : [])),
    NeutronNetworkVLANRanges: entries.flatMap(([name, { vlans }]) => vlans.map((ids) => `${name}:${ids}`)),
  };
}

/** Bridge mappings of each role with an OVN controller. */
function bridgeParameters(site: LabSite): Record<string, { NeutronBridgeMappings: string[] }> {
  const { nodes, bridges } = site;
  const mappings = Object.entries(bridges).map(([network, bridge]) => `${network}:${bridge}`);
  if (mappings.length === 0) {
    return {};
  }
  const present = new Set(nodes.map(({ role }) => role));
  return Object.fromEntries(
    rolesOfLab(site)
      .filter(({ name, ovnController }) => ovnController && present.has(name))
      .map(({ name }) => [`${name}Parameters`, { NeutronBridgeMappings: mappings }]),
  );
}
