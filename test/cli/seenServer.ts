import type { SeenServer } from '../../kit/answers';

/** A server at dcn0 whose disk is a clone, as the kit answers. */
export const seenServer: SeenServer = {
  server: 'id',
  name: 'vm1',
  image: 'guest',
  site: 'dcn0',
  host: 'dcn0-hci-0',
  activeSeconds: 4.2,
  outcome: 'clone',
  source: null,
  disk: 'vms/id_disk',
  parent: 'images/x@snap',
  virtualBytes: 2 ** 30,
  usedBytes: 24 * 2 ** 20,
  console: 'ready',
  consoleSeconds: 13.4,
  faults: [],
};
