import * as z from 'zod';
import { standardTemplates } from '../../nicTemplates';
import { roleName } from './roles';
import { text } from './text';

export const nics = z
  .record(
    roleName,
    text(
      new RegExp(`^(${standardTemplates.join('|')})$|[^/]\\.j2$`),
      'is neither a file with a NIC template nor one of TripleO’s templates',
      `Write the path of a file that ends in .j2, relative to the lab file, or one of ${standardTemplates.join(', ')}`,
    ),
  )
  .default({})
  .describe(
    'Only with `provisioner: existing`. NIC template for each role: a file that ends in `.j2`, relative to the lab file, or one of ' +
      `TripleO’s: ${standardTemplates.map((name) => `\`${name}\``).join(', ')}. \`node provision\` then ` +
      'configures the interfaces of the hosts by os-net-config. Default: you configure them, and TripleO does not change them.',
  );
