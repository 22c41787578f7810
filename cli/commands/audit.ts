import { setTimeout as sleep } from 'node:timers/promises';
import type { Audit } from '../../kit/answers';
import { verbs } from '../../kit/verbs';
import { writeAtomic } from '../../lib/atomicFile';
import { UserError, errorText } from '../../lib/userError';
import { auditDocument } from '../../model';
import { kitName } from '../../stacks/kit';
import { auditChanges, auditText } from '../auditText';
import { type LabContext, dcnCommand, openLab, printJson, toStderr } from '../context';
import { monitorCodes } from '../monitorCodes';
import { prometheusText } from '../prometheus';
import { withKit } from '../undercloud';

/** Options of `dcn audit`. */
export interface AuditOptions {
  /** MiB to read back in each store. */
  content?: number;
  json?: boolean;
  prometheus?: string;
  watch?: boolean;
}

/** Pause between two audits of `--watch`. */
const watchSeconds = 60;

/**
 * `dcn audit [SITE…] [--json] [--prometheus FILE] [--content MIB] [--watch]`: prints where what stands differs from the records and the lab file, and exits
 * as a monitoring plugin does. With `watch` it does so every minute until Ctrl-C, and prints what has changed; as JSON, each whole answer in
 * a line of its own.
 *
 * @throws UserError with the exit code `unknown` if there was no audit
 */
export async function audit(
  option: string,
  sites: string[],
  { content, json, prometheus, watch }: AuditOptions,
): Promise<void> {
  try {
    openLab(option);
    refuseUnreadFile(prometheus, sites);
    // The lab file may change between two audits.
    const look = (): Promise<Audit> => auditOnce(openLab(option), sites, content, prometheus);
    if (watch) {
      await watchAudits(look, json ?? false);
    }
    const answer = await look();
    if (json) {
      printJson(answer);
    } else {
      process.stdout.write(auditText(answer));
    }
  } catch (error) {
    throw new UserError(errorText(error), monitorCodes.unknown);
  }
}

/** Audits the lab, writes the file for node_exporter, and sets the exit code of this process. */
async function auditOnce(
  context: LabContext,
  sites: string[],
  content: number | undefined,
  prometheus: string | undefined,
): Promise<Audit> {
  const answer = await ask(context, sites, content);
  if (prometheus !== undefined) {
    writeAtomic(prometheus, prometheusText(context.name, answer, Date.now() / 1000));
  }
  process.exitCode = exitCode(answer);
  return answer;
}

/** Audits every minute, for ever. An audit without an answer is said to have none, and the next one follows. */
async function watchAudits(look: () => Promise<Audit>, json: boolean): Promise<never> {
  let before: Audit | undefined;
  for (;;) {
    try {
      const now = await look();
      const changes = before ? auditChanges(before, now) : auditText(now);
      process.stdout.write(json ? `${JSON.stringify(now)}\n` : changes);
      before = now;
    } catch (error) {
      toStderr(`${new Date().toISOString()}: no audit: ${errorText(error)}`);
    }
    await sleep(watchSeconds * 1000);
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

async function ask(context: LabContext, sites: string[], content?: number): Promise<Audit> {
  const document = auditDocument(context.lab, context.plan, kitName());
  const answer = await withKit(context, (kit) =>
    kit.ask(verbs.audit(sites, content), { document, onLine: toStderr }),
  );
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
