import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomic } from '../lib/atomicFile';
import { quote } from '../lib/quote';
import type { SandboxPaths } from './paths';
import { SandboxError } from './sandboxError';

/*
 * Namespaces and control groups are named after the lab alone. So of two state folders with a lab of the same name, only
 * one may have it up on a machine: the first to bring it up owns the name.
 */

/** Records that the lab's name belongs to this state folder. @throws UserError if it belongs to another one */
export function claimLab(paths: SandboxPaths): void {
  refuseForeign(paths);
  writeAtomic(paths.owner, paths.state);
}

/** @throws UserError if the lab's name belongs to another state folder that still exists */
export function refuseForeign(paths: SandboxPaths): void {
  const owner = fs.existsSync(paths.owner) ? fs.readFileSync(paths.owner, 'utf8') : paths.state;
  if (owner === paths.state || !fs.existsSync(owner)) {
    return;
  }
  const state = quote(path.dirname(path.dirname(owner)));
  throw new SandboxError(
    (dcn) =>
      `a sandbox of lab ${paths.lab} is up on this machine from another state folder, ${owner}; ` +
      `take that one down first: \`GLANCE_DCN_STATE=${state} ${dcn} sandbox down\``,
  );
}
