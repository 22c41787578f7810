import { parseLab, planLab, planSite, stepRevision } from '../model';

/** How long the model takes, in ms of wall time; the design asks for 1,000 sites in about a second. */
function measure<T>(what: string, run: () => T): T {
  const begin = performance.now();
  const result = run();
  console.log(`${what.padEnd(52)} ${(performance.now() - begin).toFixed(1).padStart(8)} ms`);
  return result;
}

/** A lab file with that many edge sites of three nodes. */
function labText(sites: number): string {
  const edges = Array.from({ length: sites }, (_, site) => {
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

for (const sites of [1, 10, 100, 1000]) {
  const text = labText(sites);
  const lab = measure(`${sites} edge sites: read and check the lab file`, () => parseLab('bench', text));
  const plan = measure(`${sites} edge sites: plan all`, () => planLab(lab));
  measure(`${sites} edge sites: revisions of all steps`, () =>
    plan.sites.forEach((site) => site.steps.forEach((step) => stepRevision(site, step.name))),
  );
  measure(`${sites} edge sites: plan the last one alone`, () => planSite(lab, `dcn${sites - 1}`));
}
