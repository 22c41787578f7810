import { parse } from 'yaml';
import { type Lab, type SitePlan, parseLab, planLab, planSite, planText } from '../../model';
import { labWithControlPlane, labWithEdge } from './labs';

const labOf = (text: string): Lab => parseLab('dev', text);

/** A file of a site's step, parsed. */
function fileOf({ name, steps }: SitePlan, file: string): unknown {
  const text = steps.map(({ files }) => files[`${name}/${file}`]).find((found) => found !== undefined);
  return text && parse(text);
}

describe('devices: all', () => {
  const lab = labOf(
    labWithEdge(
      '{ ceph: { devices: all, poolSize: 2 }, parameters: { NovaReservedHostMemory: 9216 }, nodes: { h-0: DistributedComputeHCI } }',
    ),
  );
  const site = planSite(lab, 'dcn0');

  test('makes OSDs of all blank disks, of which nobody knows the number', () => {
    expect(fileOf(site, 'osd_spec.yaml')).toEqual({ data_devices: { all: true } });
    expect(site.nodes.map(({ osdDevices }) => osdDevices)).toEqual(['all']);
    expect(planText(lab, planLab(lab))).toMatch(/h-0 .* all blank disks/);
  });

  test('leaves nodes without the role of an OSD alone', () => {
    const control = labOf(
      labWithControlPlane('{ ceph: { devices: all }, nodes: { c-0: Controller, s-0: CephStorage } }'),
    );
    expect(planSite(control, 'control-plane').nodes.map(({ osdDevices }) => osdDevices)).toEqual([[], 'all']);
  });
});

describe('memory of hyperconverged hosts', () => {
  const edge = (rest: string) =>
    planSite(
      labOf(labWithEdge(`{ ${rest}nodes: { h-0: DistributedComputeHCI, h-1: DistributedComputeScaleOut } }`)),
      'dcn0',
    );
  const devices = 'ceph: { devices: [/dev/sdb, /dev/sdc] }, ';
  const parameters = (site: SitePlan, file: string) =>
    (fileOf(site, file) as { parameter_defaults: Record<string, unknown> } | undefined)?.parameter_defaults;

  test('is reserved for each OSD, on hosts with OSDs only', () => {
    const ceph = parameters(edge(devices), 'ceph.yaml');
    expect(ceph?.DistributedComputeHCIParameters).toEqual({ NovaReservedHostMemory: 4096 + 2 * 5120 });
    expect(ceph).not.toHaveProperty('DistributedComputeScaleOutParameters');
  });

  test('is what the operator says, of the role or of the site', () => {
    const ofRole = 'parameters: { DistributedComputeHCIParameters: { NovaReservedHostMemory: 20000 } }, ';
    const own = parameters(edge(devices + ofRole), 'parameters.yaml');
    expect(own?.DistributedComputeHCIParameters).toEqual({ NovaReservedHostMemory: 20000 });
    const ofSite = parameters(edge(`${devices}parameters: { NovaReservedHostMemory: 20000 }, `), 'ceph.yaml');
    expect(ofSite).not.toHaveProperty('DistributedComputeHCIParameters');
  });
});
