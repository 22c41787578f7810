import type { StartedServer } from '../cli/proofs/serverTables';
import type { LabUnderTest } from '../test/sandbox/labUnderTest';
import { seconds } from './measure';

/*
 * Servers of a tenant at a site without the image, at one with it, from a volume, and without a zone; then the same where no
 * server has an image copied (`copyOnDemand: none`).
 */

const site = 'dcn0';
const image = 'guest';

export const tenantColumns = [
  'server of a tenant',
  'copyOnDemand',
  'ACTIVE after (s)',
  'disk',
  'WAN to the site (MiB)',
];

/** A row each. @param labFile makes the lab file of the shipped one */
export async function tenantServers(
  lab: LabUnderTest,
  labFile: (text: string) => string,
  say: (text: string) => void,
): Promise<string[][]> {
  const rows: string[][] = [];
  for (const policy of ['public', 'none']) {
    if (policy === 'none') {
      lab.write((text) => `${labFile(text)}\n  glance-dcn:copyOnDemand: none\n`);
      await lab.dcn('up');
    }
    const add = (title: string, cells: string[]): void => {
      rows.push([title, policy, ...cells]);
      say([title, policy, ...cells].join(', '));
    };
    await lab.dcn('images', 'remove', image, '--from', site);
    add('at a site without the image', await booted(lab));
    await lab.dcn('images', 'copy', image, '--to', site);
    add('at a site with it', await booted(lab));
    add('from a volume, at a site with it', await booted(lab, '--volume'));
    add('without a zone', await withoutZone(lab));
  }
  return rows;
}

/** A server by `dcn boot`, which is removed again; or why there is none. */
async function booted(lab: LabUnderTest, ...more: string[]): Promise<string[]> {
  const words = ['boot', 'bench', '--at', site, '--image', image, '--json', ...more];
  const { code, stdout, stderr } = await lab.run('./dcn', ['--lab', lab.file, ...words]);
  if (code !== 0) {
    const reason = /Glance copies no public image there for a tenant/.exec(stderr)?.[0];
    if (reason === undefined) {
      throw new Error(`dcn ${words.join(' ')}: exit ${code}: ${stderr}`);
    }
    return ['refused', reason, '-'];
  }
  const { server, activeSeconds, outcome, parent, wan } = JSON.parse(stdout) as StartedServer;
  await remove(lab, server);
  const disk = { clone: 'clone', copied: 'clone, image copied first', flat: 'full copy' }[outcome];
  const sent = typeof wan === 'string' ? wan : (wan.to / 2 ** 20).toFixed(1);
  return [activeSeconds.toFixed(1), `${disk}${parent === null ? '' : ` of ${parent.split('/')[0]}`}`, sent];
}

/** A server that names no zone, by Nova's own client, as a member of the project of `dcn boot`. */
async function withoutZone(lab: LabUnderTest): Promise<string[]> {
  const create =
    '. ~/control-planerc; unset OS_CLOUD; OS_PROJECT_NAME=glance-dcn timeout 300 openstack server create --wait ' +
    `--image ${image} --flavor glance-dcn-512-1 --network glance-dcn -f value -c id bench`;
  let id = '';
  const time = await seconds(async () => (id = (await lab.onUndercloud(create)).trim()));
  const show = 'openstack server show -f value -c OS-EXT-AZ:availability_zone -c status';
  const zone = (await lab.onUndercloud(`. ~/control-planerc; ${show} ${id}`)).trim().split('\n').join(', ');
  await remove(lab, id);
  return [time.toFixed(1), zone, '-'];
}

async function remove(lab: LabUnderTest, server: string): Promise<void> {
  await lab.onUndercloud(`. ~/control-planerc; openstack server delete --wait ${server}`);
}
