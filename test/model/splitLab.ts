import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse, stringify } from 'yaml';
import { faultsOf } from './labs';

/* The golden lab with a split control plane and roles of its own. */

interface RoleData {
  name: string;
  networks: Record<string, unknown> | string[];
  ServicesDefault: string[];
  [key: string]: unknown;
}

export const service = (name: string): string => `OS::TripleO::Services::${name}`;

const golden = path.join(__dirname, 'golden');
export const splitFile = path.join(golden, 'Pulumi.roles.yaml');
export const splitText = fs.readFileSync(splitFile, 'utf8');
export const standard = parse(fs.readFileSync(path.join(golden, 'roles.yaml'), 'utf8')) as RoleData[];

/** The role data of the split control plane, with the changes of a function. */
export function changed(change: (roles: { api: RoleData; bus: RoleData; edge: RoleData }) => void): string {
  const [api, bus, edge] = structuredClone(standard) as [RoleData, RoleData, RoleData];
  change({ api, bus, edge });
  return stringify([api, bus, edge]);
}

/** Takes services out of a role. */
export function without(role: RoleData, ...names: string[]): void {
  role.ServicesDefault = role.ServicesDefault.filter((name) => !names.map(service).includes(name));
}

export const read = (text: string) => (): string => text;
export const faultsWith = (text: string, lab = splitText): ReturnType<typeof faultsOf> =>
  faultsOf(lab, 'dev', read(text));
