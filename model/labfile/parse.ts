import type { Lab } from '../lab';
import { isLabName } from '../names';
import { check } from './checks';
import { complete } from './complete';
import { LabFileError } from './faults';
import { toFault } from './findings';
import type { FileReader } from './files';
import { readLabFile } from './read';
import { readOwnRoles } from './ownRoles';
import { resolve } from './resolve';
import { withKnownRoles } from './roleNames';

/**
 * The lab that a lab file describes, with every default filled in.
 * @param name the lab's name: the part between `Pulumi.` and `.yaml`
 * @param readBeside reads files that the lab file names
 * @throws LabFileError with every fault of the file at once
 */
export function parseLab(name: string, text: string, readBeside: FileReader = readNone): Lab {
  const { file: written, sites, findings, source } = readLabFile(text);
  if (!isLabName(name)) {
    findings.unshift({
      at: [],
      value: name,
      message: 'is not the name of a lab, which is the part of stack names before the first -',
      remedy: 'Call the file Pulumi.<lab>.yaml, <lab> being lower-case letters and digits, a letter first',
    });
  }
  const ownRoles = readOwnRoles(written?.rolesData, readBeside);
  const known = written && withKnownRoles(written, ownRoles);
  findings.push(...ownRoles.findings, ...(known?.findings ?? []));
  for (const [key, name = '', ...rest] of known?.left ?? []) {
    sites.invalid.add([key, name, ...rest].join('.'));
    if (key === 'sites') {
      sites.partial.add(name);
    }
  }
  const resolved = known && resolve(name, known.file, readBeside, ownRoles);
  if (resolved) {
    findings.push(...check(resolved, sites));
  }
  const lab = resolved && complete(resolved);
  if (!lab || findings.length > 0) {
    const faults = findings.map((finding) => toFault(finding, source));
    throw new LabFileError(
      name,
      faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    );
  }
  return lab;
}

function readNone(): never {
  throw new Error('only the text of the lab file is known here');
}
