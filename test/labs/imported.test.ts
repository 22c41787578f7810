import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseDocument } from 'yaml';
import { type HostIdentity, endpoint, nodeCreate, sandboxDown, sandboxUp } from '../../sandbox';
import { inHost } from '../../sandbox/hosts/container';
import { pathsOf } from '../../sandbox/paths';
import { controlPlaneDeploys, imageNamed, minutes } from '../sandbox/expectations';
import { LabUnderTest } from '../sandbox/labUnderTest';
import { onUndercloud, remains, undercloudScript, writeLab } from '../sandbox/machine';

/*
 * A DCN that was deployed by hand (deployByHand.sh), and that knows nothing of glance-dcn, becomes a lab. The test makes hosts and an
 * undercloud with the sandbox's functions, as another lab. Each test builds on the tests before it.
 */
const silent = () => undefined;
const lab = new LabUnderTest(`imported${process.pid}`);
process.env.GLANCE_DCN_STATE = path.dirname(lab.state);
const subnets = (site: string, third: number, vlan: number) => `
        storage: { subnet: stor_${site}, cidr: 172.18.${third}.0/24, vlan: ${vlan + 1} }
        storage_mgmt: { subnet: storage_mgmt_${site}, cidr: 172.20.${third}.0/24, vlan: ${vlan + 3} }
        internal_api: { subnet: api_${site}, cidr: 172.17.${third}.0/24, vlan: ${vlan} }
        tenant: { subnet: tenant_${site}, cidr: 172.19.${third}.0/24, vlan: ${vlan + 2} }`;
const east = {
  networks: `
        ctlplane: { subnet: leaf-east, cidr: 192.168.144.0/24 }${subnets('east', 20, 40)}`,
};
/** The hosts, with the addresses that deployByHand.sh names; that of the site east is for later. */
const hostLab = writeLab(
  lab.directory,
  `hosts${process.pid}`,
  `config:
  glance-dcn:networks:
    ctlplane: { ranges: [192.168.122.0/24, 192.168.133.0/24, 192.168.144.0/24] }
    storage: { name: stor_metro, ranges: [172.18.0.0/16] }
    storage_mgmt: { ranges: [172.20.0.0/16] }
    internal_api: { name: api_metro, ranges: [172.17.0.0/16] }
    tenant: { ranges: [172.19.0.0/16] }
    external: { ranges: [10.0.0.0/24] }
  glance-dcn:sites:
    control-plane:
      networks:
        ctlplane: { cidr: 192.168.122.0/24, gateway: 192.168.122.1, vip: 192.168.122.99 }${subnets('metro_a', 0, 20)}
        external: { cidr: 10.0.0.0/24, vlan: 44 }
      nodes:
        metro-ctl-0: { role: Controller, host: 103 }
        metro-ceph-0: { role: CephStorage, host: 106 }
    west:
      networks:
        ctlplane: { subnet: leaf-west, cidr: 192.168.133.0/24 }${subnets('west', 10, 30)}
      nodes: { west-hci-0: { role: DistributedComputeHCI, host: 111 } }
    east:
      networks:${east.networks}
      nodes: { east-hci-0: { role: DistributedComputeHCI, host: 121 } }
`,
).lab;
const hosts = ['metro-ctl-0', 'metro-ceph-0', 'west-hci-0', 'east-hci-0'];
const identities: Record<string, HostIdentity> = {};

/** When the services of the DCN's hosts started, and what TripleO's client has left on the undercloud, with times. */
async function picture(): Promise<string[]> {
  const services = '/(glance-api|ceph-mon|ceph-osd|ceph-mgr|haproxy|uwsgi|mariadbd|memcached)( |$)';
  const started = hosts
    .slice(0, 3)
    .map((name) =>
      inHost(pathsOf(hostLab.name), name, [
        'bash',
        '-euc',
        `ps -eo lstart=,args= | grep -E '${services}' | grep -v grep | sort`,
      ]),
    );
  const deployments =
    'cd ~/overcloud-deploy; find . -name "*-deployment_status.yaml" -o -name "*.json" -path "*/config-download/*" | ' +
    "sort | xargs stat --format '%n %y'; wc -l ~/ansible.log";
  return Promise.all([...started, onUndercloud(hostLab, deployments)]);
}

const runImport = (...words: string[]) => lab.run('./dcn', ['--lab', lab.file, 'import', ...words]);

/** Changes the lab file as a person would. */
function edit(change: (config: ReturnType<typeof parseDocument>) => void): void {
  const document = parseDocument(fs.readFileSync(lab.file, 'utf8'));
  change(document);
  fs.writeFileSync(lab.file, document.toString());
}
const at = (...keys: string[]): string[] => ['config', `glance-dcn:${keys[0]}`, ...keys.slice(1)];

async function expectUnchanged(sites: string[]): Promise<void> {
  const { stdout } = await lab.dcn('preview');
  const stacks = [lab.name, ...sites.map((site) => `${lab.name}-${site}`), `${lab.name}-images`];
  expect(stdout.split('\n').filter((line) => line.startsWith(`| ${lab.name}`))).toEqual(
    stacks.map((stack) => `| ${stack} | unchanged |`),
  );
}

beforeAll(async () => {
  await sandboxUp(hostLab, silent);
  await Promise.all(
    hosts.map(async (name) => {
      identities[name] = await nodeCreate(hostLab, name, silent);
    }),
  );
  const script = fs.readFileSync(path.join(__dirname, 'deployByHand.sh'), 'utf8');
  const { code, output } = await undercloudScript(hostLab, 'bash -s', script);
  if (code !== 0) {
    throw new Error(output.split('\n').slice(-40).join('\n'));
  }
}, minutes(30));

afterAll(async () => {
  await lab.run('./dcn', ['--lab', lab.file, 'destroy', '--yes']);
  await sandboxDown(hostLab, silent);
  lab.remove();
}, minutes(10));

it(
  'gets a lab file, in which the operator’s own names, networks, zones and settings are',
  async () => {
    fs.rmSync(lab.file);
    const { host, port, user, hostKey, privateKeyFile } = endpoint(hostLab);
    const words = ['--undercloud', `${user}@${host}:${port}`, '--host-key', hostKey as string];
    const { code, stdout, stderr } = await runImport(...words, '--key', privateKeyFile);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/control-plane +│ metro .*\n.*west +│ west /);
    const text = fs.readFileSync(lab.file, 'utf8');
    expect(text).toMatch(
      /name: api_metro[^]*stack: metro[^]*subnet: stor_metro_a[^]*zone: az-west[^]*Debug: true/,
    );
  },
  minutes(3),
);

it(
  'is not adopted while differences are undecided; what keeps one of them is written into the lab file',
  async () => {
    const before = await picture();
    const { code, stdout, stderr } = await runImport('--adopt', '--yes');
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('these differences are undecided') as string,
    });
    expect(stdout).toContain('CinderStorageAvailabilityZone is az-metro, and the next deployment sets metro');
    expect(stdout).toContain('Not for `parameters`: write zone: … at the site');
    edit((document) => document.setIn(at('sites', 'control-plane', 'zone'), 'az-metro'));
    expect((await runImport('--adopt', '--yes')).stdout).not.toContain('CinderStorageAvailabilityZone');
    expect(await picture()).toEqual(before);
    expect(await onUndercloud(hostLab, 'ls -d ~/dcn || true')).toBe('');
  },
  minutes(3),
);

it(
  'is adopted: nothing is deployed, no service restarts, all previews say unchanged, an audit finds nothing',
  async () => {
    const before = await picture();
    for (const seen of [
      'glance-api',
      'mariadbd',
      'ceph-mon',
      'ceph-osd',
      'metro-deployment_status.yaml',
      'ansible.log',
    ]) {
      expect(before.join('\n')).toContain(seen);
    }
    const { code, stdout, stderr } = await runImport('--adopt', '--yes', '--accept-differences');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain(`Lab ${lab.name} is adopted`);
    await expectUnchanged(['control-plane', 'west']);
    expect(await picture()).toEqual(before);
    expect((await lab.dcn('audit')).stdout).toContain('0 errors, 0 warnings at control-plane, west');
    expect((await lab.dcn('up')).stdout).toContain('Nothing changed.');
    expect(await picture()).toEqual(before);
  },
  minutes(8),
);

it(
  'gets a site, to which an image is copied, with one update of the control plane; the site that stood is not deployed',
  async () => {
    const deploys = await controlPlaneDeploys(lab);
    edit((document) => {
      const site = parseDocument(`
      zone: az-east
      networks:${east.networks}
      nodes:
        east-hci-0: { role: DistributedComputeHCI, host: 121, hostKey: ${identities['east-hci-0']!.hostKey} }
`);
      document.setIn(at('sites', 'east'), site.contents);
      const image = { source: { generated: { sizeMiB: 16, seed: 'imported' } }, sites: ['east'] };
      document.setIn(at('images'), document.createNode({ small: image }));
    });
    const { stdout } = await lab.dcn('up');
    expect(stdout).toMatch(/small.*│ east .*images\/[0-9a-f-]{36}@snap/);
    expect(await controlPlaneDeploys(lab)).toBe(deploys + 1);
    expect(await lab.runsOf('west/overcloud-config')).toHaveLength(1);
    expect((await imageNamed(lab, 'small')).stores.sort()).toEqual(['east', 'metro']);
    await lab.dcn('images', 'copy', 'small', '--to', 'west');
    await lab.dcn('images', 'verify', 'small');
    expect((await imageNamed(lab, 'small')).stores.sort()).toEqual(['east', 'metro', 'west']);
  },
  minutes(15),
);

it(
  'loses the site that stood, whose store is drained and whose stack is deleted',
  async () => {
    await lab.dcn('destroy', 'west', '--yes');
    edit((document) => document.deleteIn(at('sites', 'west')));
    expect((await imageNamed(lab, 'small')).stores.sort()).toEqual(['east', 'metro']);
    expect((await onUndercloud(hostLab, 'ls ~/overcloud-deploy')).split('\n')).toEqual(['east', 'metro']);
    await expectUnchanged(['control-plane', 'east']);
  },
  minutes(10),
);

it(
  'is adopted again when its records and its state are lost; its image is found',
  async () => {
    const before = await picture();
    const { id } = await imageNamed(lab, 'small');
    await onUndercloud(hostLab, `rm -rf ~/dcn/${lab.name}`);
    fs.rmSync(lab.state, { recursive: true });
    const { code, stderr } = await runImport('--adopt', '--yes', '--accept-differences');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await expectUnchanged(['control-plane', 'east']);
    expect((await imageNamed(lab, 'small')).id).toBe(id);
    expect(await picture()).toEqual(before);
  },
  minutes(8),
);

it(
  'is forgotten: records and state go, files of steps and the DCN stay',
  async () => {
    const before = await picture();
    const { code, stdout } = await runImport('--forget', '--yes');
    expect(code).toBe(0);
    expect(stdout).toContain(`removed from Pulumi's state: stack ${lab.name}-east`);
    expect((await onUndercloud(hostLab, `ls ~/dcn/${lab.name}`)).split('\n')).toEqual([
      'control-plane',
      'east',
    ]);
    expect(fs.existsSync(lab.state)).toBe(false);
    expect(await picture()).toEqual(before);
    expect((await runImport('--adopt', '--yes', '--accept-differences')).code).toBe(0);
  },
  minutes(8),
);

it(
  'is destroyed as a whole, and leaves nothing',
  async () => {
    await lab.dcn('destroy', '--yes');
    expect(await onUndercloud(hostLab, 'ls ~/overcloud-deploy')).toBe('');
    await sandboxDown(hostLab, silent);
    expect(await remains(pathsOf(hostLab.name))).toEqual([]);
  },
  minutes(10),
);
