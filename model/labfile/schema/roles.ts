import { roles } from '../../roles';
import { relativePath, text } from './text';

const names = roles.map(({ name }) => name);

/** Name of a role of TripleO, or of one in the role data file: withKnownRoles tells whether it is known. */
export const roleName = text(
  /^[A-Za-z][A-Za-z0-9]*$/,
  'is not the name of a role',
  'Write one of TripleO’s roles (docs/lab-file.md#roles), or a role of rolesData',
)
  // For the completion of editors.
  .meta({ examples: names })
  .describe('TripleO role (docs/lab-file.md#roles), or one of `rolesData`.');

export const rolesData = relativePath()
  .optional()
  .describe(
    'File with roles of your own, relative to the lab file: role data as `openstack overcloud roles generate` writes them, for nodes of any ' +
      'site (docs/lab-file.md#roles-of-your-own).',
  );
