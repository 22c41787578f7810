import type { Audit, Finding } from '../../kit/answers';
import { verbs } from '../../kit/verbs';
import { writeAtomic } from '../../lib/atomicFile';
import { printable } from '../../lib/printable';
import { UserError, errorText } from '../../lib/userError';
import { auditDocument } from '../../model';
import { kitName } from '../../stacks/kit';
import { type LabContext, dcnCommand, openLab, printJson, toStderr } from '../context';
import { monitorCodes } from '../monitorCodes';
import { prometheusText } from '../prometheus';
import { withKit } from '../undercloud';

/** Options of `dcn audit`. */
export interface AuditOptions {
  json?: boolean;
  prometheus?: string;
}

/**
 * `dcn audit [SITE…] [--json] [--prometheus FILE]`: prints where what stands differs from the records and the lab file, and exits as a
 * monitoring plugin does.
 *
 * @throws UserError with the exit code `unknown` if there was no audit
 */
export async function audit(
  option: string,
  sites: string[],
  { json, prometheus }: AuditOptions,
): Promise<void> {
  try {
    const context = openLab(option);
    refuseUnreadFile(prometheus, sites);
    const answer = await ask(context, sites);
    if (prometheus !== undefined) {
      writeAtomic(prometheus, prometheusText(context.name, answer, Date.now() / 1000));
    }
    if (json) {
      printJson(answer);
    } else {
      process.stdout.write(auditText(answer));
    }
    process.exitCode = exitCode(answer);
  } catch (error) {
    throw new UserError(errorText(error), monitorCodes.unknown);
  }
}

/** @throws UserError for a file that node_exporter would not read, or that would lack most sites */
function refuseUnreadFile(file: string | undefined, sites: string[]): void {
  if (file !== undefined && !file.endsWith('.prom')) {
    throw new UserError(`--prometheus ${file}: node_exporter reads only files whose names end in .prom`);
  }
  if (file !== undefined && sites.length > 0) {
    throw new UserError('--prometheus is for an audit of all sites: leave out the names of sites');
  }
}

async function ask(context: LabContext, sites: string[]): Promise<Audit> {
  const document = auditDocument(context.lab, context.plan, kitName());
  const answer = await withKit(context, (kit) => kit.ask(verbs.audit(sites), { document, onLine: toStderr }));
  const dcn = dcnCommand(context);
  const findings = answer.findings.map((one) => ({
    ...one,
    remedy: one.remedy.replace(/^\.\/dcn(?= )/, () => dcn),
  }));
  return { ...answer, findings };
}

function exitCode({ findings }: Audit): number {
  if (findings.some(({ severity }) => severity === 'error')) {
    return monitorCodes.errors;
  }
  return findings.length > 0 ? monitorCodes.warnings : monitorCodes.same;
}

/** An audit for people. */
export function auditText({ findings, sites, skipped }: Audit): string {
  const count = (severity: Finding['severity']): string => {
    const number = findings.filter((one) => one.severity === severity).length;
    return `${number} ${severity}${number === 1 ? '' : 's'}`;
  };
  const lines = [
    ...findings.flatMap(({ severity, site, node, code, what, remedy }) => [
      `${severity}  ${[site ?? 'undercloud', ...(node === null ? [] : [node])].join('/')}  ${code}`,
      `  ${what}`,
      `  ${remedy}`,
    ]),
    ...Object.entries(skipped).map(([site, why]) => `${site}: not audited: ${why}`),
    `${count('error')}, ${count('warning')} at ${sites.join(', ') || 'no site'}`,
  ];
  return `${lines.map(printable).join('\n')}\n`;
}
