import { UserError } from '../../lib/userError';
import { controlPlane, type LabSite } from '../../model';
import { type LabContext, dcnCommand, openLab, printJson, toStderr } from '../context';
import { interruptedExitCode, interruptible } from '../run/interrupt';
import { type ServerOptions, defaultImage, serverDocument, serverSite } from '../proofs/serverPlan';
import { serverTables } from '../proofs/serverTables';
import { seeServer } from '../proofs/servers';
import { withKit } from '../undercloud';

export type BootOptions = ServerOptions & { at: string; image?: string; json?: boolean };

/**
 * `dcn boot NAME --at SITE [--json]`: boots a server in the site's availability zone and leaves it running. Prints the time that
 * it took, a description of its disk, and how to remove it.
 */
export async function boot(option: string, name: string, options: BootOptions): Promise<void> {
  const context = openLab(option);
  const site = serverSite(context.plan, options.at);
  const image = options.image ?? defaultImage(context.plan, site);
  const document = serverDocument(context.plan, site, image, options, name);
  const row = await interruptible(({ stop }) => {
    stop.addEventListener('abort', () => {
      toStderr(
        `server ${name}: Nova continues to boot it; dcn stops waiting. To find it: ` +
          onUndercloud(context, `openstack server list --all-projects --name ${name}`),
      );
      process.exit(interruptedExitCode);
    });
    return withKit(context, (kit) => seeServer(context, kit, 'boot', site, document, { onLine: toStderr }));
  });
  const removal = onUndercloud(context, `openstack server delete ${row.server}`);
  const remark = `Server ${name} (${row.server}) keeps running. To remove it: ${removal}`;
  if (options.json) {
    printJson(row);
    toStderr(remark);
  } else {
    process.stdout.write(`${serverTables([row])}\n${remark}\n`);
  }
  if (row.faults.length > 0) {
    throw new UserError(row.faults.join('\n'));
  }
}

/** A command on the undercloud, which has the control plane's credentials. */
function onUndercloud(context: LabContext, command: string): string {
  const { stack } = context.lab.sites[controlPlane] as LabSite;
  return `${dcnCommand(context)} ssh undercloud '. ~/${stack}rc; ${command}'`;
}
