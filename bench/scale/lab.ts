import { hostKeyOf } from '../../test/hostKeys';

/** How the simulated undercloud is reached. */
export interface Access {
  port: number;
  home: string;
  hostKey: string;
  privateKeyFile: string;
}

/**
 * Text of a lab file with a control plane of two nodes, and edge sites of one node each, on hosts that exist already.
 *
 * @param sites numbers of the edge sites: `[0, 1]` for dcn0 and dcn1
 * @param memory NovaReservedHostMemory of the edge sites, in MiB
 */
export function scaleLab({ privateKeyFile, ...access }: Access, sites: number[], memory = 4096): string {
  const node = (name: string, role: string): string =>
    `${name}: { role: ${role}, hostKey: ${hostKeyOf(name)} }`;
  const edge = (site: number): string =>
    `    dcn${site}: { parameters: { NovaReservedHostMemory: ${memory} }, nodes: { ${node(`dcn${site}-hci-0`, 'DistributedComputeHCI')} } }`;
  return [
    'config:',
    '  glance-dcn:provisioner: existing',
    `  glance-dcn:undercloud: ${JSON.stringify({ host: '127.0.0.1', user: 'stack', privateKeyFile, ...access })}`,
    '  glance-dcn:sites:',
    `    control-plane: { nodes: { ${node('c-0', 'Controller')}, ${node('s-0', 'CephStorage')} } }`,
    ...sites.map(edge),
    '',
  ].join('\n');
}
