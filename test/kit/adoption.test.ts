import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse, stringify } from 'yaml';
import { ensure, generated, lab as imageLab } from './imageLab';
import { openSshPort } from './sshPort';
import { fragments, lab, register, storeDocument } from './storeLab';
import { type Running, type TestUndercloud, until, within } from './undercloud';

/* `kit adoption`: jobs and stores of stacks that stand are put on record, and records are taken away. No verb of TripleO runs. */

jest.setTimeout(120_000);

const own = '/usr/share/openstack-tripleo-heat-templates';

/** What the client keeps of a stack that was deployed, in the forms of python-tripleoclient (utils.py save_stack). */
function standing(here: TestUndercloud, stack: string, more: object = {}): void {
  const at = (name: string) => `overcloud-deploy/${stack}/${name}`;
  const copy = `file://${here.path(at('tripleo-heat-templates'))}`;
  here.write(at(`${stack}-deployment_status.yaml`), 'deployment_status: DEPLOY_SUCCESS\n');
  here.write(at(`${stack}-passwords.yaml`), 'parameter_defaults: {AdminPassword: x}\n');
  here.write(at(`tripleo-${stack}-roles-data.yaml`), '- name: ComputeHCI\n');
  const environment = {
    parameter_defaults: {
      ...{
        AdminPassword: 'secret-of-another',
        DeployedNetworkEnvironment: { net_cidr_map: { storage: [] } },
      },
      ...{
        ControlPlaneVipData: { name: 'control_virtual_ip' },
        VipPortMap: { storage: { ip_address: '10.8.0.5' } },
      },
      ...{ NodePortMap: { a: {} }, HostnameMap: { x: 'a' }, DeployedServerPortMap: {} },
      ...{
        ComputeHCICount: 1,
        ComputeHCIHostnameFormat: '%stackname%-x',
        OtherCount: 2,
        ComputeHCINetworkConfigTemplate: 'x',
      },
      ...{ CephClusterFSID: 'f', CephClusterName: stack, CephDynamicSpec: false, CephPools: [] },
      ...more,
    },
    resource_registry: {
      'OS::TripleO::Network': `file://${own}/network/deployed_networks.yaml`,
      'OS::TripleO::Network::Ports::StorageVipPort': `${copy}/network/ports/deployed_vip_storage.yaml`,
      'OS::TripleO::Network::Ports::TenantVipPort': `${copy}/network/ports/noop.yaml`,
      'OS::TripleO::DeployedServer::ControlPlanePort': `${copy}/deployed-server/deployed-neutron-port.yaml`,
      'OS::TripleO::ComputeHCI::Ports::StoragePort': `${copy}/network/ports/deployed_storage.yaml`,
      'OS::TripleO::ComputeHCI::Ports::TenantPort': `${copy}/network/ports/noop.yaml`,
      'OS::TripleO::Services::Timesync': 'OS::Heat::None',
    },
  };
  here.write(at(`environment/tripleo-${stack}-environment.yaml`), stringify(environment));
}

const sites = (more: object[] = []) => ({
  sites: [
    { site: 'control-plane', stack: 'control-plane', overcloud: true, store: 'central' },
    { site: 'dcn0', stack: 'leaf-0', overcloud: true, store: 'dcn0' },
    ...more,
  ],
});

/** Begins an adoption, which lasts until the input of the call ends. */
async function begin(here: TestUndercloud, document: object = sites()): Promise<Running> {
  const running = here.open(['adoption', 'begin']);
  running.input(`${JSON.stringify(document)}\n...\n`);
  await running.prints(/"sites"/);
  return running;
}
const refused = (here: TestUndercloud, document: object = sites()) =>
  here.kit(['adoption', 'begin'], `${JSON.stringify(document)}\n...\n`);

const adopting = (work: (here: TestUndercloud, running: Running) => Promise<void>) =>
  lab(async (here, glance) => {
    glance.stores = ['central', 'dcn0'];
    standing(here, 'control-plane');
    standing(here, 'leaf-0');
    const running = await begin(here);
    await work(here, running);
    running.endInput();
    await running.ended;
  });

/** Jobs of a site as the plan has them. */
const deploy = (stack: string) => `openstack overcloud deploy -y --stack ${stack}`;
const job = {
  network: (here: TestUndercloud) =>
    here.job('dcn0/network-provision', {
      commands: ['openstack overcloud network provision'],
      files: { 'dcn0/network_data.yaml': 'planned' },
      results: ['dcn0/deployed-network.yaml'],
    }),
  of: (here: TestUndercloud, step: string, result: string) =>
    here.job(`dcn0/${step}`, { commands: [`openstack overcloud ${step}`], results: [`dcn0/${result}.yaml`] }),
  config: (here: TestUndercloud, site: string, stack: string, after: Record<string, string> = {}) =>
    here.job(`${site}/overcloud-config`, { commands: [`${deploy(stack)} --config-download-only`], after }),
  stack: (here: TestUndercloud) =>
    here.job('control-plane/overcloud-stack', {
      commands: [`${deploy('control-plane')} --stack-only`],
      fragments,
    }),
};

test(
  'a job is put on record as done, with its files, and its results as the last deployment had them; later it is done',
  adopting(async (here, running) => {
    const { digests } = await here.json<{ digests: object }>(['job', 'run'], job.network(here));
    expect(Object.keys(digests)).toEqual(['dcn0/deployed-network.yaml']);
    expect(here.read('dcn/dev/dcn0/network_data.yaml')).toBe('planned');
    const result = async (step: string, name: string): Promise<unknown> => {
      await here.json(['job', 'run'], job.of(here, step, name));
      expect(fs.statSync(here.path(`dcn/dev/dcn0/${name}.yaml`)).mode & 0o777).toBe(0o600);
      return parse(here.read(`dcn/dev/dcn0/${name}.yaml`));
    };
    expect(parse(here.read('dcn/dev/dcn0/deployed-network.yaml'))).toEqual({
      parameter_defaults: { DeployedNetworkEnvironment: { net_cidr_map: { storage: [] } } },
      resource_registry: { 'OS::TripleO::Network': `${own}/network/deployed_networks.yaml` },
    });
    expect(await result('vip-provision', 'deployed-vips')).toEqual({
      parameter_defaults: {
        VipPortMap: { storage: { ip_address: '10.8.0.5' } },
        ControlPlaneVipData: { name: 'control_virtual_ip' },
      },
      resource_registry: {
        'OS::TripleO::Network::Ports::StorageVipPort': `${own}/network/ports/deployed_vip_storage.yaml`,
      },
    });
    expect(await result('node-provision', 'deployed-metal')).toEqual({
      parameter_defaults: {
        ...{ NodePortMap: { a: {} }, HostnameMap: { x: 'a' }, DeployedServerPortMap: {} },
        ...{ ComputeHCICount: 1, ComputeHCIHostnameFormat: '%stackname%-x' },
      },
      resource_registry: {
        'OS::TripleO::DeployedServer::ControlPlanePort': `${own}/deployed-server/deployed-neutron-port.yaml`,
        'OS::TripleO::ComputeHCI::Ports::StoragePort': `${own}/network/ports/deployed_storage.yaml`,
      },
    });
    expect(await result('ceph-deploy', 'deployed-ceph')).toEqual({
      parameter_defaults: {
        ...{ CephClusterFSID: 'f', CephClusterName: 'leaf-0', CephDynamicSpec: false, DeployedCeph: true },
      },
    });
    expect(await result('roles-generate', 'roles')).toEqual([{ name: 'ComputeHCI' }]);
    expect(here.read('dcn/dev/jobs/dcn0/roles-generate/log')).toMatch(/adopted: stack leaf-0 stands/);
    await here.json(['job', 'run'], job.config(here, 'dcn0', 'leaf-0'));
    expect(here.calls()).toEqual([]);

    running.endInput();
    await running.ended;
    expect((await here.kit(['adoption', 'end'])).stderr).toContain(
      'nothing of control-plane is on record yet',
    );
    const again = await begin(here);
    await here.json(['job', 'run'], job.config(here, 'control-plane', 'control-plane'));
    expect(await here.json(['adoption', 'end'])).toEqual({ sites: ['control-plane', 'dcn0'] });
    again.endInput();
    await again.ended;
    await here.json(['job', 'run'], job.config(here, 'dcn0', 'leaf-0'));
    expect(here.calls()).toEqual([]);
    await here.json(['job', 'run'], job.config(here, 'dcn0', 'leaf-0', { x: '1' }));
    expect(here.calls(/overcloud deploy/)).toHaveLength(1);
  }),
);

test(
  'exports run, as they only read; what the site has no record of is neither run nor undone; a file that is there stays',
  adopting(async (here) => {
    here.behave('[[ $all == "overcloud export "* ]] && echo made >"${@: -1}"');
    const exported = here.job('control-plane/overcloud-export', {
      commands: ['openstack overcloud export -f --output-file control-plane/export.yaml'],
      results: ['control-plane/export.yaml'],
    });
    await here.json(['job', 'run'], exported);
    expect(here.read('dcn/dev/control-plane/export.yaml')).toBe('made\n');
    here.write('dcn/dev/dcn0/deployed-network.yaml', 'mine');
    await here.json(['job', 'run'], job.network(here));
    expect(here.read('dcn/dev/dcn0/deployed-network.yaml')).toBe('mine');
    const other = await here.kit(
      ['job', 'run'],
      here.job('dcn7/overcloud-stack', { commands: ['openstack x'] }),
    );
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('of control-plane, dcn0 alone') as string,
    });
    expect((await here.kit(['job', 'undo'], job.network(here))).code).toBe(2);
    expect(here.calls()).toHaveLength(1);
  }),
);

test(
  'a result that nothing has is named with the place for it',
  adopting(async (here) => {
    const document = here.job('dcn0/container-thing', {
      commands: ['openstack x'],
      results: ['dcn0/x.yaml'],
    });
    const { code, stderr } = await here.kit(['job', 'run'], document);
    expect(code).toBe(1);
    expect(stderr).toContain(`${here.path('dcn/dev/dcn0/x.yaml')} is missing, and nothing in`);
    here.write('dcn/dev/dcn0/x.yaml', 'found again');
    await here.json(['job', 'run'], document);
    expect(here.calls()).toEqual([]);
  }),
);

test(
  'a store is registered without an update of the control plane, which has it already',
  adopting(async (here) => {
    await here.json(['job', 'run'], job.stack(here));
    await here.json(['job', 'run'], job.config(here, 'control-plane', 'control-plane'));
    await here.json(
      ['stores', 'record'],
      storeDocument(here, 'control-plane', { store: 'central', cluster: 'central' }),
    );
    await here.json(['stores', 'announce', 'dcn0']);
    expect((await register(here, 'dcn0').ended).code).toBe(0);
    const listed = await here.json<{ store: string; included: boolean }[]>(['stores', 'list', '--json']);
    expect(listed.map(({ store, included }) => [store, included])).toEqual([
      ['central', true],
      ['dcn0', true],
    ]);
    await here.json(['site', 'restore', 'control-plane'], stringify({ steps: ['overcloud-stack'] }));
    await here.json(['job', 'run'], job.stack(here));
    expect(here.calls(/overcloud (?!export ceph)/)).toEqual([]);
    expect(fs.readdirSync(here.path('dcn/dev/stores/announced'))).toEqual([]);
  }),
);

test(
  'an adoption that was interrupted lets no job run, and is taken up again, also with other sites',
  adopting(async (here, running) => {
    await here.json(['job', 'run'], job.network(here));
    running.kill('SIGKILL');
    await running.ended;
    const { code, stderr } = await here.kit(['job', 'run'], job.config(here, 'dcn0', 'leaf-0'));
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('lab dev: its adoption was interrupted') as string,
    });
    expect((await here.kit(['nodes', 'check'], 'site: dcn0\nnodes: []\nhosts: {}\n')).stderr).toContain(
      'its adoption was interrupted',
    );
    const again = await begin(here);
    expect((await refused(here)).stderr).toContain('is being adopted by another process');
    await here.json(['job', 'run'], job.config(here, 'dcn0', 'leaf-0'));
    again.endInput();
    await again.ended;
    expect(here.calls()).toEqual([]);
  }),
);

test(
  'nothing begins where a stack did not succeed or lacks a file, Glance lacks a store, or another lab has the stack',
  lab(async (here, glance) => {
    glance.stores = ['central'];
    standing(here, 'control-plane');
    standing(here, 'leaf-0');
    here.write('overcloud-deploy/leaf-0/leaf-0-deployment_status.yaml', 'deployment_status: DEPLOY_FAILED\n');
    fs.rmSync(here.path('overcloud-deploy/control-plane/control-plane-passwords.yaml'));
    here.write('dcn/far/jobs/site/overcloud-stack/state.json', '{"state": "succeeded"}');
    here.write(
      'dcn/far/jobs/site/overcloud-stack/doc.yaml',
      stringify({ commands: [`${deploy('leaf-0')} --stack-only`.split(' ')] }),
    );
    const { code, stderr } = await refused(here);
    expect(code).toBe(2);
    expect(stderr).toContain('DEPLOY_FAILED: its last deployment did not succeed');
    expect(stderr).toContain(
      'control-plane-passwords.yaml is missing, and the next deployment would make new passwords',
    );
    expect(stderr).toContain('store dcn0 of site dcn0: Glance does not have it (it has central)');
    expect(stderr).toContain('stack leaf-0: is site site of lab far on this undercloud');
    glance.down = true;
    expect((await refused(here)).stderr).toContain('an adoption needs a control plane that answers');
    expect(here.exists('dcn/dev/adoption.json')).toBe(false);
  }),
);

test(
  'nothing begins for a lab that has records',
  lab(async (here, glance) => {
    glance.stores = ['central', 'dcn0'];
    standing(here, 'control-plane');
    standing(here, 'leaf-0');
    await here.json(['job', 'run'], here.job('dcn0/network-provision', { commands: ['openstack one'] }));
    expect((await refused(here)).stderr).toContain(
      'lab dev: has records on this undercloud already (dcn0/network-provision in',
    );
  }),
);

test(
  'hosts that stand need not be fresh',
  adopting(async (here) => {
    const close = await openSshPort('127.0.0.1');
    const name = fs.readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
    const node = { name, address: '127.0.0.1', addresses: {}, osdDevices: [] };
    const document = stringify({ site: 'dcn0', nodes: [node], limitMinutes: 0.03 });
    expect((await here.kit(['nodes', 'wait'], document)).stderr).toBe('');
    close();
    expect(here.read('ssh-calls')).toMatch(/ any all /);
    expect(here.exists('dcn/dev/dcn0/hosts.json')).toBe(true);
  }),
);

test(
  'records are forgotten, exports and files of steps stay; refused while a job runs or an adoption is under way',
  adopting(async (here, running) => {
    await here.json(['job', 'run'], job.network(here));
    expect((await here.kit(['adoption', 'forget'])).stderr).toContain('is being adopted: end that');
    running.endInput();
    await running.ended;
    fs.rmSync(here.path('dcn/dev/adoption.json'));
    here.behave('while [[ -e ~/hold ]]; do sleep 0.1; done');
    here.write('hold', '');
    const held = here.start(
      ['job', 'run'],
      here.job('dcn1/network-provision', { commands: ['openstack one'] }),
    );
    await until(() => here.state('dcn1/network-provision') === 'running', 'the job');
    expect((await here.kit(['adoption', 'forget'])).stderr).toContain('job dcn1/network-provision runs');
    fs.rmSync(here.path('hold'));
    await held.ended;
    const expected = {
      removed: ['jobs', 'dcn0/hosts.json', 'kit', 'kits'].map((one) => here.path(`dcn/dev/${one}`)),
      kept: [here.path('dcn/dev/dcn0')],
    };
    here.write('dcn/dev/dcn0/hosts.json', '{}');
    const sorted = ({ removed, kept }: typeof expected) => ({ removed: [...removed].sort(), kept });
    expect(sorted(await here.json(['adoption', 'forget', '--check']))).toEqual(sorted(expected));
    expect(here.exists('dcn/dev/jobs')).toBe(true);
    expect(sorted(await here.json(['adoption', 'forget']))).toEqual(sorted(expected));
    expect(fs.readdirSync(path.join(here.lab()))).toEqual(['dcn0']);
    expect(fs.readdirSync(here.path('dcn/dev/dcn0')).sort()).toEqual([
      'deployed-network.yaml',
      'network_data.yaml',
    ]);
  }),
);

test(
  'an image of the lab is found; one that Glance lacks is refused, as an adoption makes nothing',
  imageLab(async (here) => {
    expect((await ensure(here, generated('plain'))).code).toBe(0);
    here.write('dcn/dev/adoption.json', '{"sites": {"dcn0": "dcn0"}}');
    const hold = spawn('flock', [here.path('dcn/dev/adoption.lock'), 'sleep', '60'], { detached: true });
    await until(() => here.exists('dcn/dev/adoption.lock'), 'the lock');
    expect((await ensure(here, generated('plain'))).code).toBe(0);
    expect(await ensure(here, generated('other'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'image other: Glance does not have it, and an adoption makes no image',
      ) as string,
    });
    process.kill(-(hold.pid as number));
  }),
);

test(
  'without an adoption, the end of one changes nothing',
  within(async (here) => {
    expect(await here.json(['adoption', 'end'])).toEqual({ sites: [] });
  }),
);
