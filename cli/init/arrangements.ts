import * as fs from 'node:fs';
import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';

/** The lab files that `dcn init --arrangement` copies, relative to the project. */
const arrangements: Record<string, string> = {
  collapsed: 'Pulumi.dev.yaml',
  multistore: 'examples/multistore/Pulumi.multistore.yaml',
  cache: 'examples/cache/Pulumi.cache.yaml',
  racks: 'examples/racks/Pulumi.racks.yaml',
  existing: 'examples/existing/Pulumi.existing.yaml',
  'dcn-storage': 'examples/dcn-storage/Pulumi.dcnstorage.yaml',
  openstack: 'examples/openstack/Pulumi.openstack.yaml',
};

/** The names of the arrangements. */
export const arrangementNames = Object.keys(arrangements);

/**
 * The lab file of an arrangement for a new place.
 *
 * @param name one of `arrangementNames`
 * @param file absolute path of the new lab file
 * @param dcn how the user will call `./dcn` for the new lab
 */
export function arrangementText(name: string, file: string, dcn: string): string {
  const source = arrangements[name] as string;
  return fs
    .readFileSync(path.join(projectRoot, source), 'utf8')
    .replace(/^.*\n/, () => schemaLine(file))
    .replaceAll(`./dcn --lab ${source}`, () => dcn);
}

/** The first line of a lab file, from which editors know its schema. */
export function schemaLine(file: string): string {
  const schema = path.relative(path.dirname(file), path.join(projectRoot, 'schema/lab.schema.json'));
  return `# yaml-language-server: $schema=${schema}\n`;
}
