import type { YAMLError } from 'yaml';
import { isCircular } from './aliases';
import { explain, meantKeys, prune, type Value, valueAt } from './explain';
import { nearest } from './faults';
import type { Finding } from './findings';
import { pulumiKeys } from './jsonSchema';
import { LabText, type Path } from './locate';
import { labSchema, type LabFile, prefix } from './schema';
import { checkOtherSecrets, checkSecrets } from './checks/secrets';

/** Names of all sites in a file, and the invalid values that were left out of the result. */
export interface SitesSeen {
  named: Set<string>;
  /** Sites of which an invalid value may have left out hosts, networks or disks. */
  partial: Set<string>;
  /** Paths of all invalid values: `undercloud.hostKey`. */
  invalid: Set<string>;
}

/** The result of reading a lab file. */
export interface Reading {
  /** The valid part of the file, with defaults; undefined if there is none. */
  file?: LabFile;
  sites: SitesSeen;
  findings: Finding[];
  source: LabText;
}

/**
 * Reads the text of a lab file and checks it against the schema. Invalid values are left out of the result, so that the
 * rest can still be checked: all faults of a file are reported at once, except those that depend on an invalid value.
 */
export function readLabFile(text: string): Reading {
  const source = new LabText(text);
  const findings: Finding[] = source.document.errors.map((error) => syntaxFinding(error, source));
  const sites = { named: new Set<string>(), partial: new Set<string>(), invalid: new Set<string>() };
  const readable = source.document.errors.every((error) => error.code === 'DUPLICATE_KEY');
  if (!readable) {
    return { sites, findings, source };
  }

  let raw: unknown;
  try {
    raw = source.document.toJS();
  } catch (error) {
    // An alias without an anchor, or endless aliases of aliases.
    const message = `cannot be read: ${withoutQuote((error as Error).message)}`;
    findings.push({ at: [], message, remedy: 'Write the values out instead of the aliases (*…)' });
    return { sites, findings, source };
  }
  if (isCircular(raw)) {
    const message = 'has an alias (*…) inside of the value that the alias stands for';
    findings.push({ at: [], message, remedy: 'Write the values out instead of the aliases' });
    return { sites, findings, source };
  }
  const bare = labValues(raw, findings);
  if (!bare) {
    return { sites, findings, source };
  }
  findings.push(...checkSecrets(bare), ...checkOtherSecrets(raw as Parameters<typeof checkOtherSecrets>[0]));
  if (isMapping(bare.sites)) {
    Object.keys(bare.sites).forEach((name) => sites.named.add(name));
  }

  let result = labSchema.safeParse(bare);
  if (result.error) {
    const { issues } = result.error;
    const meant = new Set(issues.flatMap(meantKeys));
    const isMisspelt = ({ path }: { path: PropertyKey[] }): boolean =>
      meant.has(path.join('.')) && valueAt(bare, path as Path) === undefined;
    findings.push(...issues.filter((issue) => !isMisspelt(issue)).flatMap((issue) => explain(issue, bare)));
  }
  while (result.error) {
    const { issues } = result.error;
    for (const issue of issues) {
      const { path } = issue;
      const isKey = issue.code === 'unrecognized_keys';
      const paths = isKey ? meantKeys(issue) : [path.join('.')];
      paths.forEach((key) => sites.invalid.add(key));
      if (path[0] === 'sites' && paths.some(isDeciding)) {
        sites.partial.add(String(path[1]));
      }
    }
    if (!issues.map((issue) => prune(bare, issue)).some(Boolean)) {
      return { sites, findings, source };
    }
    result = labSchema.safeParse(bare);
  }
  return { file: result.data, sites, findings, source };
}

/** Keys that decide which hosts, networks and disks a site has. */
const decidingKeys = ['nodes', 'networks', 'racks', 'ceph', 'index', 'bridges', 'nics', 'openstack'];

/** Whether a path below `sites` is that of a site, or of one of its deciding keys. */
function isDeciding(path: string): boolean {
  const key = path.split('.')[2];
  return key === undefined || decidingKeys.includes(key);
}

/** The lab's values under `config:` by their keys without the prefix. Adds findings for all other keys of the file. */
function labValues(raw: unknown, findings: Finding[]): Record<string, Value> | undefined {
  if (!isMapping(raw) || !isMapping(raw.config)) {
    findings.push({
      at: isMapping(raw) ? ['config'] : [],
      ...(isMapping(raw) && { value: raw.config }),
      message: 'has no lab',
      remedy: `Write config: and below it the lab's keys, such as ${prefix}sites`,
    });
    return undefined;
  }
  for (const key of Object.keys(raw)) {
    if (key === 'config' || pulumiKeys.includes(key)) {
      continue;
    }
    const meant = nearest(key, ['config']);
    findings.push({
      at: [key],
      message: 'is not a key of a lab file',
      remedy: meant
        ? `Did you mean ${meant}?`
        : `Take it out; the lab's keys are below config, as ${prefix}…`,
    });
  }
  const values: Record<string, Value> = {};
  for (const [key, value] of Object.entries(raw.config)) {
    if (key.startsWith(prefix)) {
      values[key.slice(prefix.length)] = value as Value;
    } else if (!key.includes(':')) {
      // Read as if it had the prefix, so that faults below it are reported, too.
      if (Object.hasOwn(labSchema.shape, key) && !Object.hasOwn(raw.config, `${prefix}${key}`)) {
        values[key] = value as Value;
      }
      const known = nearest(key, Object.keys(labSchema.shape));
      findings.push({
        at: ['config', key],
        message: `lacks the prefix ${prefix}`,
        remedy: known ? `Write ${prefix}${known}` : 'Take it out: the lab has no such key',
      });
    }
  }
  return values;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function syntaxFinding(error: YAMLError, source: LabText): Finding {
  const line = source.lineAt(error.pos[0]);
  if (error.code === 'DUPLICATE_KEY') {
    return {
      at: source.pathAt(error.pos[0]),
      line,
      message: 'is written twice, and YAML allows a key once',
      remedy: 'Take one of them out, or give it another name',
    };
  }
  if (error.code === 'MULTIPLE_DOCS') {
    return {
      at: [],
      line,
      message: 'has a second YAML document',
      remedy: 'Take out what follows the line ---',
    };
  }
  return {
    at: [],
    line,
    message: `is not YAML: ${withoutQuote(error.message)}`,
    remedy: 'Correct the syntax there',
  };
}

/** A message of the YAML parser without the text of the file that it quotes: a password that begins with `*` or `|`. */
function withoutQuote(message: string): string {
  return message.replace(/: .*$/s, '');
}
