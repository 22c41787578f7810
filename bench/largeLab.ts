/** Text of a lab file with a control plane of four nodes and that many edge sites of three nodes each. */
export function largeLab(edgeSites: number): string {
  const edges = Array.from({ length: edgeSites }, (_, site) => {
    const nodes = [0, 1, 2].map((node) => `dcn${site}-hci-${node}: DistributedComputeHCI`);
    return `    dcn${site}: { nodes: { ${nodes.join(', ')} } }`;
  });
  return [
    'config:',
    '  glance-dcn:sites:',
    '    control-plane: { nodes: { c-0: Controller, s-0: CephStorage, s-1: CephStorage, s-2: CephStorage } }',
    ...edges,
    '',
  ].join('\n');
}
