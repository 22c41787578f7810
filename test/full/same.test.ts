import { collapsed } from '../sandbox/everyLab';
import { minutes } from '../sandbox/expectations';
import { LabUnderTest, small } from '../sandbox/labUnderTest';
import { type Effective, effective } from './effective';

/*
 * One lab file, deployed in each mode of the undercloud, one after the other: the stand-ins of `quick` must give the same
 * result as `full`.
 */
const nodes = ['oc0-controller-0', 'oc0-ceph-0', 'oc0-ceph-4', 'oc0-ceph-5'];
const glance = {
  'oc0-controller-0': 'http://10.4.0.10:9292',
  'oc0-ceph-4': 'http://10.4.16.74:9292',
  'oc0-ceph-5': 'http://10.4.17.75:9292',
};
/** The subnets of the edge sites in internal_api, by the site's node. */
const edges: Record<string, string> = { 'oc0-ceph-4': '10.4.16.0/24', 'oc0-ceph-5': '10.4.17.0/24' };
const modes = ['quick', 'full'] as const;
const labs = Object.fromEntries(
  modes.map((mode) => [mode, new LabUnderTest(`same${mode}${process.pid}`)]),
) as Record<(typeof modes)[number], LabUnderTest>;
const found: Partial<Record<(typeof modes)[number], Effective>> = {};

function write(lab: LabUnderTest, mode: string): void {
  const sandbox = `config:\n  glance-dcn:sandbox: { tripleo: ${mode} }\n`;
  lab.write((text) => small(text).replace('config:\n', sandbox));
}

/** TripleO's own plays have pinged the gateway, and have written a host's names: at the top, where the stand-in appends them. */
async function expectPlays(lab: LabUnderTest, site: string, node: string): Promise<void> {
  const log = `~/dcn/${lab.name}/jobs/${site}/overcloud-config/log`;
  expect(await lab.onUndercloud(`cat ${log}`)).toMatch(/OK \| Check Default IPv4 Gateway availability/);
  expect(await lab.onNode(node, 'head -n 1 /etc/hosts')).toContain(`START_HOST_ENTRIES_FOR_STACK: ${site}`);
}

/**
 * The lines of a node's files without those about another edge site: TripleO's firewall lets those subnets in that the undercloud's
 * Neutron had when the site's networks were made, and edge sites come up side by side, in any order.
 */
function withoutOtherEdges(files: Record<string, string>, node: string): Record<string, string[]> {
  const others = node in edges ? Object.values(edges).filter((cidr) => cidr !== edges[node]) : [];
  const linesOf = (text: string): string[] =>
    text.split('\n').filter((line) => !others.some((cidr) => line.includes(cidr)));
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [path, linesOf(text)]));
}

afterAll(async () => {
  for (const mode of modes) {
    await labs[mode].cleanUp();
  }
}, minutes(5));

it.each(modes)(
  'comes up with tripleo: %s, and then refuses the other mode',
  async (mode) => {
    const lab = labs[mode];
    write(lab, mode);
    await lab.adoptEnvironment();
    await lab.dcn('up');
    if (mode === 'full') {
      await expectPlays(lab, 'dcn0', 'oc0-ceph-4');
    }
    found[mode] = await effective(lab, nodes, collapsed.cephHosts, glance);
    write(lab, mode === 'quick' ? 'full' : 'quick');
    const refused = await lab.run('./dcn', ['--lab', lab.file, 'up']);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`were made with ${mode}`) as string,
    });
    write(lab, mode);
    await lab.dcn('destroy', '--yes');
  },
  minutes(60),
);

it.each(['services', 'daemons', 'pools', 'caps', 'settings', 'stores'] as const)(
  'has the same %s in both modes',
  (part) => {
    expect(Object.values(found.quick?.[part] ?? {})).not.toEqual([]);
    expect(found.full?.[part]).toEqual(found.quick?.[part]);
  },
);

it.each(Object.keys(glance))('has the same files below /etc on %s in both modes', (node) => {
  const [quick, full] = [found.quick?.files[node] ?? {}, found.full?.files[node] ?? {}];
  expect(Object.keys(quick).length).toBeGreaterThan(0);
  expect(withoutOtherEdges(full, node)).toEqual(withoutOtherEdges(quick, node));
});

it('can see a difference', () => {
  const quick = found.quick as Effective;
  for (const pools of Object.values(quick.pools)) {
    expect(pools.map(({ name }) => name)).toEqual(['images', 'vms', 'volumes']);
  }
  for (const node of ['oc0-controller-0', ...Object.keys(edges)]) {
    expect(quick.files[node]?.['/etc/glance/glance-api.conf']).toMatch(
      /^default_backend *= *(central|dcn[01])$/m,
    );
    expect(quick.services[node]).toContain('glance-api.service');
  }
  expect(quick.files['oc0-ceph-4']).not.toEqual(quick.files['oc0-ceph-5']);
});
