import type { SeenServer } from '../../kit/answers';
import { type Cell, table } from '../../lib/table';
import { measured } from '../run/duration';
import type { WanBytes } from './wanMeter';

/** A server that started, and the bytes on the site's WAN link meanwhile, the kit's reads included. */
export type StartedServer = SeenServer & { wan: WanBytes };

/** One row of the tables: a server that started, or a failure. `--json` of `dcn boot` and `dcn verify` prints rows, too. */
export type ServerRow = StartedServer | { image: string; site: string; failed: 'failed' | 'interrupted' };

/** Two tables of servers, as `dcn boot` and `dcn verify` print them: how they started, and what their disks are. */
export function serverTables(rows: ServerRow[]): string {
  return [
    serverTable(rows, ['node', 'ACTIVE after', 'console', 'WAN to, from site'], (server) => [
      server.host,
      measured(server.activeSeconds),
      consoleText(server),
      wanText(server.wan),
    ]),
    serverTable(rows, ['disk', 'holds itself', 'parent or source'], (server) => [
      diskText(server),
      sizeText(server),
      server.parent ?? server.source ?? '-',
    ]),
  ].join('\n');
}

/** @param cellsOf the cells of a server that started; another one has the reason in the first of them */
function serverTable(rows: ServerRow[], head: string[], cellsOf: (row: StartedServer) => Cell[]): string {
  const cells = rows.map((row) => {
    if ('failed' in row) {
      return [row.image, row.site, row.failed, ...head.slice(1).map(() => '-')];
    }
    return [row.image, row.site, ...cellsOf(row)];
  });
  return table(['image', 'site', ...head], cells, { compact: true, keys: 2 });
}

function diskText({ disk, parent, outcome }: SeenServer): string {
  if (parent) {
    return outcome === 'copied' ? 'clone, image copied first' : 'clone';
  }
  return `full copy ${disk ? 'in Ceph' : 'on its host'}`;
}

function sizeText({ usedBytes, virtualBytes }: SeenServer): string {
  return usedBytes === null || virtualBytes === null
    ? '-'
    : `${(usedBytes / 2 ** 20).toFixed(0)} of ${(virtualBytes / 2 ** 20).toFixed(0)} MiB`;
}

function consoleText({ console, consoleSeconds }: SeenServer): string {
  const after = consoleSeconds === null ? '' : ` after ${measured(consoleSeconds)}`;
  return {
    ready: `ready${after}`,
    written: `last written${after}`,
    silent: 'silent',
    none: 'no operating system',
  }[console];
}

function wanText(wan: WanBytes): string {
  return typeof wan === 'string' ? wan : `${bytesText(wan.to)}, ${bytesText(wan.from)}`;
}

function bytesText(bytes: number): string {
  return bytes < 2 ** 20 ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
