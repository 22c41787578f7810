import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { nodeCreate, nodeDestroy, sandboxDown, sandboxUp, wan } from '../../sandbox';
import { onNode, onUndercloud, writeLab } from './machine';

/* Sites and racks that a sandbox gets and loses while it is up. Needs root. */
const text = `config:
  glance-dcn:sites:
    control-plane: { nodes: { c-0: Controller, s-0: CephStorage } }
    dcn0: { nodes: { n-0: DistributedComputeHCI } }
`;
const minutes = 60_000;
const silent = () => undefined;
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-sandbox-'));
process.env.GLANCE_DCN_STATE = path.join(directory, 'state');
const { lab } = writeLab(directory, `testsites${process.pid}`, text);

beforeAll(async () => {
  await sandboxUp(lab, silent);
  await nodeCreate(lab, 'c-0', silent);
}, 30 * minutes);

afterAll(async () => {
  await sandboxDown(lab, silent);
  fs.rmSync(directory, { recursive: true });
}, minutes);

describe('a site added to the lab file later', () => {
  it(
    'is connected when its first node is created, and removed by an `up` without it, also with a long name and a cut link',
    async () => {
      const linksOfLab = async () =>
        (
          JSON.parse((await execa('ip', ['-n', `dcn-${lab.name}`, '-j', 'link'])).stdout) as {
            ifname: string;
          }[]
        ).map(({ ifname }) => ifname);
      const before = await linksOfLab();
      const site = 'edge-in-the-north';
      const longer = writeLab(
        directory,
        lab.name,
        `${text}    ${site}: { index: 17, ceph: { cluster: north }, nodes: { new-0: DistributedComputeHCI } }\n`,
      ).lab;
      await nodeCreate(longer, 'new-0', silent);
      expect(await onNode(longer, 'new-0', 'hostname')).toBe('new-0');
      expect(
        await onUndercloud(longer, 'OS_CLOUD=undercloud openstack subnet list -f value -c Subnet'),
      ).toContain('10.0.17.0/24');
      await nodeDestroy(longer, 'new-0', silent);
      await wan(longer, site, 'cut');
      await sandboxUp(lab, silent);
      expect(await linksOfLab()).toEqual(before);
    },
    2 * minutes,
  );
});

describe('a rack', () => {
  it(
    'keeps its router while it has a host, also if the lab file no longer has the rack',
    async () => {
      const near = 'new-0: DistributedComputeHCI';
      const site = (keys: string) => writeLab(directory, lab.name, `${text}    dcn1: ${keys}\n`).lab;
      const inRack = site(
        `{ racks: { r1: { index: 3 } }, nodes: { ${near}, new-1: { role: DistributedComputeHCIScaleOut, rack: r1 } } }`,
      );
      await nodeCreate(inRack, 'new-1', silent);
      const without = site(`{ nodes: { ${near} } }`);
      await sandboxUp(without, silent);
      await onNode(lab, 'c-0', 'ping -c 1 -W 2 10.8.3.71');
      await nodeDestroy(inRack, 'new-1', silent);
      await sandboxUp(without, silent);
      const { stdout } = await execa('ip', ['netns', 'list']);
      expect(stdout).not.toContain(`dcn-${lab.name}-br-dcn1_racks`);
      await sandboxUp(writeLab(directory, lab.name, text).lab, silent);
    },
    3 * minutes,
  );
});
