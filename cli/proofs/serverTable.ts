import type { SeenServer } from '../../kit/verbs';
import { type Cell, table } from '../../lib/table';
import type { WanBytes } from './wanMeter';

/** One row of the table: a server that booted, or a failure. */
export type ServerRow =
  { seen: SeenServer; wan: WanBytes } | { image: string; site: string; failed: 'failed' | 'interrupted' };

/** The table of servers, as `dcn boot` and `dcn verify` print it. */
export function serverTable(rows: ServerRow[]): string {
  return table(
    ['image', 'site', 'host', 'ACTIVE after', 'disk', 'holds itself', 'console', 'WAN to, from the site'],
    rows.map(cellsOf),
  );
}

function cellsOf(row: ServerRow): Cell[] {
  if ('failed' in row) {
    return [row.image, row.site, '-', row.failed, '-', '-', '-', '-'];
  }
  const { seen, wan } = row;
  return [
    seen.image,
    seen.site,
    seen.host,
    `${seen.activeSeconds.toFixed(1)} s`,
    diskText(seen),
    sizeText(seen),
    consoleText(seen),
    typeof wan === 'string' ? wan : `${bytesText(wan.to)}, ${bytesText(wan.from)}`,
  ];
}

function diskText({ disk, parent, outcome, source }: SeenServer): string {
  if (parent) {
    return `clone of ${parent}${outcome === 'copied' ? ', to which the image was copied' : ''}`;
  }
  return `full copy ${disk ? 'in Ceph' : 'on its host'}${source ? `, from ${source}` : ''}`;
}

function sizeText({ usedBytes, virtualBytes }: SeenServer): string {
  return usedBytes === null || virtualBytes === null
    ? '-'
    : `${(usedBytes / 2 ** 20).toFixed(0)} of ${(virtualBytes / 2 ** 20).toFixed(0)} MiB`;
}

function consoleText({ console, consoleSeconds }: SeenServer): string {
  const after = `after ${consoleSeconds?.toFixed(1)} s`;
  return {
    ready: `ready ${after}`,
    written: `last written to ${after}`,
    silent: 'silent',
    none: 'no operating system',
  }[console];
}

function bytesText(bytes: number): string {
  return bytes < 2 ** 20 ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
