import type { SeenServer } from '../../kit/answers';
import { type ServerDocument, verbs } from '../../kit/verbs';
import type { LabContext } from '../context';
import type { KitShell } from '../undercloud';
import type { ServerSite } from './serverPlan';
import { type WanBytes, wanMeter } from './wanMeter';

/**
 * Runs one of the kit's verbs for servers.
 *
 * @returns the kit's observations of the server, and the bytes on the site's WAN link meanwhile, the kit's reads included
 */
export async function seeServer(
  context: LabContext,
  kit: KitShell,
  verb: 'boot' | 'prove',
  site: ServerSite,
  document: ServerDocument,
  options: { onLine: (line: string) => void; stop?: AbortSignal },
): Promise<{ seen: SeenServer; wan: WanBytes }> {
  const bytesSince = await wanMeter(context, site);
  const seen = await kit.ask(verbs.servers[verb], { ...options, document });
  return { seen, wan: await bytesSince() };
}
