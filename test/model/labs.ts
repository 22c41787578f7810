import * as fs from 'node:fs';
import * as path from 'node:path';
import { type CloudLab, type Fault, type FileReader, type Lab, LabFileError, parseLab } from '../../model';

const projectRoot = path.resolve(__dirname, '../..');

export const shipped = (file: string): string => fs.readFileSync(path.join(projectRoot, file), 'utf8');

/** All lab files of the project, relative to its folder. */
export const shippedFiles: string[] = [
  'Pulumi.dev.yaml',
  ...fs
    .readdirSync(path.join(projectRoot, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /(^|\/)Pulumi\.[^/]+\.yaml$/.test(file))
    .map((file) => path.join('examples', file))
    .sort(),
];

/** The lab file of the collapsed arrangement. */
export const devText = shipped('Pulumi.dev.yaml');
/** The example with an external Ceph cluster. */
export const multistoreText = shipped('examples/multistore/Pulumi.multistore.yaml');
/** The example with caches. */
export const cacheText = shipped('examples/cache/Pulumi.cache.yaml');
/** The example of hosts that exist already. */
export const existingText = shipped('examples/existing/Pulumi.existing.yaml');
/** The example of an operator's own networks. */
export const dcnStorageText = shipped('examples/dcn-storage/Pulumi.dcnstorage.yaml');
/** The example of a site in several racks. */
export const racksText = shipped('examples/racks/Pulumi.racks.yaml');
/** The example of servers of an OpenStack cloud. */
export const openstackText = shipped('examples/openstack/Pulumi.openstack.yaml');

/** A valid lab of servers of an OpenStack cloud. */
export function cloudLab(text: string, name = 'dev'): CloudLab {
  const lab = parseLab(name, text);
  if (lab.provisioner !== 'openstack') {
    throw new Error(`lab ${name} has provisioner ${lab.provisioner}`);
  }
  return lab;
}

export const devLab: Lab = parseLab('dev', devText);

/** Lab file of a small valid lab with the given lines instead of, or beside, its own. */
export function labText({ controlPlane = smallControlPlane, edges = smallEdge, rest = '' } = {}): string {
  return `config:\n  glance-dcn:sites:\n    control-plane: ${controlPlane}\n${edges}${rest}`;
}

export const smallControlPlane = '{ nodes: { c-0: Controller, s-0: CephStorage } }';
export const smallEdge = '    dcn0: { nodes: { h-0: DistributedComputeHCI } }\n';

/** Lab file of the small lab with another control plane. */
export const labWithControlPlane = (controlPlane: string): string => labText({ controlPlane });

/** Lab file of the small lab with another edge site. */
export const labWithEdge = (site: string, name = 'dcn0'): string =>
  labText({ edges: `    ${name}: ${site}\n` });

/** The faults of a lab file; none if it is valid. */
export function faultsOf(text: string, name = 'dev', read?: FileReader): Fault[] {
  try {
    parseLab(name, text, read);
    return [];
  } catch (error) {
    if (error instanceof LabFileError) {
      return error.faults;
    }
    throw error;
  }
}

/** A fault, the text of a lab file that has it, the path in the file, and the remedy in the message. */
export type Case = [fault: string, text: string, path: string, remedy: RegExp];

/** Tests that each file of the table has this one fault, at this path and with this remedy. */
export function testCases(cases: Case[]): void {
  test('the lab that the cases change is valid', () => {
    expect(faultsOf(labText())).toEqual([]);
  });

  test.each(cases)('%s', (_, text, path, remedy) => {
    const faults = faultsOf(text);
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    expect(faults[0]!.remedy).toMatch(remedy);
    expect(faults[0]!.message).not.toBe('');
  });
}
