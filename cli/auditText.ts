import type { Audit, Finding } from '../kit/answers';
import { printable } from '../lib/printable';
import { moment } from './moment';

/** An audit for people. */
export function auditText({ at, content = [], findings, sites, skipped }: Audit): string {
  const count = (severity: Finding['severity']): string => {
    const number = findings.filter((one) => one.severity === severity).length;
    return `${number} ${severity}${number === 1 ? '' : 's'}`;
  };
  return text([
    ...findings.flatMap((finding) => findingLines(finding, at)),
    ...Object.entries(skipped).map(([site, why]) => `${site}: not audited: ${why}`),
    ...content.map(contentLine),
    `${count('error')}, ${count('warning')} at ${sites.join(', ') || 'no site'}`,
  ]);
}

/** What differs between an audit and the one before it, for people; '' if nothing does. */
export function auditChanges(before: Audit, now: Audit): string {
  const lacks = (audit: Audit, finding: Finding): boolean =>
    !audit.findings.some((other) => identity(other) === identity(finding));
  const isLeftOut = ({ site }: Finding): boolean => site !== null && site in now.skipped;
  const stopped = Object.entries(now.skipped).filter(([site]) => !(site in before.skipped));
  const resumed = Object.keys(before.skipped).filter((site) => !(site in now.skipped));
  const lines = [
    ...now.findings.filter((one) => lacks(before, one)).flatMap((one) => findingLines(one, now.at)),
    ...before.findings
      .filter((one) => lacks(now, one) && !isLeftOut(one))
      .map((one) => `gone  ${headline(one)}  ${one.what}`),
    ...stopped.map(([site, why]) => `${site}: not audited: ${why}`),
    ...resumed.map((site) => `${site}: audited again`),
  ];
  return lines.length === 0 ? '' : text([moment(now.at), ...lines]);
}

function contentLine({ store, read, larger }: NonNullable<Audit['content']>[number]): string {
  const left = larger.length === 0 ? '' : `; larger than the limit of --content: ${larger.join(', ')}`;
  return `store ${store}: read back: ${read.join(', ') || 'nothing'}${left}`;
}

function findingLines(finding: Finding, at: string): string[] {
  const since = finding.since === at ? [] : [`since ${moment(finding.since)}`];
  return [
    [finding.severity, headline(finding), ...since].join('  '),
    `  ${finding.what}`,
    `  ${finding.remedy}`,
  ];
}

/** What two audits say of the same difference, whatever they measured: as `_identity` of kit/audit/record.py. */
function identity(finding: Finding): string {
  return `${headline(finding)} ${finding.what.replace(/(?<![\w.:/-])[0-9.]+(?![\w:/-])/g, '')}`;
}

function headline({ site, node, code }: Finding): string {
  return `${[site ?? 'undercloud', ...(node === null ? [] : [node])].join('/')}  ${code}`;
}

function text(lines: string[]): string {
  return `${lines.map(printable).join('\n')}\n`;
}
