import { noOwnRoles, type OwnRoles, readOwnRoles } from '../labfile/ownRoles';
import { standardRoles } from '../labfile/standardRoles';
import { findRole } from '../roles';
import { toYaml } from '../tripleo/yaml';
import type { FileReader } from '../labfile/files';
import type { Noter } from './notes';
import type { Survey, SurveyedStack } from './survey';

/** A file beside a lab file: its name, and its text. */
export interface BesideLabFile {
  file: string;
  text: string;
}

/** The roles of the stacks that are none of TripleO's. */
export interface ImportedRoles {
  /** The file with their role data; undefined: there are none. */
  rolesData: BesideLabFile | undefined;
  /** The roles as a lab file has them. */
  own: OwnRoles;
  /** Reads the file. */
  read: FileReader;
}

type Role = SurveyedStack['roles'][number];

/**
 * The role data of all roles that have hosts and are none of TripleO's, as they stand. Count, subnets and host names are those of the lab
 * file.
 *
 * @param lab name of the lab
 */
export function importedRoles({ stacks }: Survey, lab: string, note: Noter): ImportedRoles {
  const found = new Map<string, { stack: string; role: Role }>();
  for (const stack of stacks) {
    for (const role of stack.roles.filter((one) => isOwn(stack, one))) {
      const first = found.get(role.name);
      if (!first) {
        found.set(role.name, { stack: stack.name, role });
        noteUntaken(stack.name, role, note);
      } else if (JSON.stringify(entryOf(first.role)) !== JSON.stringify(entryOf(role))) {
        const what = `the role data of stacks ${first.stack} and ${stack.name} differ; written are those of ${first.stack}`;
        note('different', `role ${role.name}`, what, 'A lab has one role of a name');
      }
    }
  }
  const file = `${lab}-roles.yaml`;
  const read = (name: string): string => {
    throw new Error(`an import writes no file ${name}`);
  };
  if (found.size === 0) {
    return { rolesData: undefined, own: noOwnRoles, read };
  }
  const roles = [...found.values()].map(({ role }) => entryOf(role));
  const names = [...new Set([...found.values()].map(({ stack }) => stack))].join(', ');
  const text = `# Written by \`./dcn import\`: the roles of the stacks ${names} that are none of TripleO's, as they stand.\n${toYaml(roles)}`;
  const reader: FileReader = (name) => (name === file ? text : read(name));
  return { rolesData: { file, text }, own: readOwnRoles(file, reader), read: reader };
}

function isOwn({ hosts }: SurveyedStack, { name }: Role): boolean {
  return !findRole(name) && !standardRoles.has(name) && hosts.some(({ role }) => role === name);
}

/** The entry of a role in role data. */
function entryOf({ data, networks }: Role): object {
  const { name, description, CountDefault: _, RoleParametersDefault, ServicesDefault, ...others } = data;
  void _;
  return {
    name,
    ...(description !== undefined && { description }),
    ...others,
    networks: Object.fromEntries(Object.keys(networks).map((network) => [network, {}])),
    ...(RoleParametersDefault !== undefined && { RoleParametersDefault }),
    ServicesDefault,
  };
}

function noteUntaken(stack: string, { name, untaken }: Role, note: Noter): void {
  for (const key of untaken) {
    const parameter = /^RoleParametersDefault\.(.*)$/.exec(key)?.[1];
    note(
      'unmapped',
      `role ${name} of stack ${stack}`,
      parameter === undefined
        ? `its role data have ${key}, which a lab's own role cannot have`
        : `its role data have ${parameter}, whose value the survey does not take`,
      parameter === undefined
        ? 'The next deployment is without it'
        : 'Put it into RoleParametersDefault of the role, or, if it is a secret, into a file on the undercloud, which `environments` lists',
    );
  }
}
