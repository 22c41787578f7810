import { verbs } from '../../kit/verbs';
import type { ServerDocument } from '../../kit/documents';
import type { LabContext } from '../context';
import type { KitShell } from '../undercloud';
import type { ServerSite } from './serverPlan';
import type { StartedServer } from './serverTables';
import { wanMeter } from './wanMeter';

/** Runs one of the kit's verbs for servers. @returns the kit's observations of the server, with the bytes on the WAN link */
export async function seeServer(
  context: LabContext,
  kit: KitShell,
  verb: 'boot' | 'prove',
  site: ServerSite,
  document: ServerDocument,
  options: { onLine: (line: string) => void; stop?: AbortSignal },
): Promise<StartedServer> {
  const bytesSince = await wanMeter(context, site);
  const seen = await kit.ask(verbs.servers[verb], { ...options, document });
  return { ...seen, wan: await bytesSince() };
}
