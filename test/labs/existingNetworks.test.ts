import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parse, stringify } from 'yaml';
import { parseLab, planFiles, planLab, type SitePlan, type StepPlan } from '../../model';
import { projectRoot } from '../../lib/paths';
import { quote } from '../../lib/quote';
import { sandboxDown, sandboxUp } from '../../sandbox';
import { type Ended, undercloudScript, uploadToUndercloud, writeLab } from '../sandbox/machine';

/*
 * Networks that exist before a lab, in the sandbox's own Neutron, with TripleO's own `network provision`: its undercloud alone.
 * Others have made storage with subnets of theirs, and internal_api with the subnet of the lab.
 */
const minutes = 60_000;
const silent = () => undefined;
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-existing-'));
process.env.GLANCE_DCN_STATE = path.join(directory, 'state');
const name = `testexisting${process.pid}`;
const text = (keys: { networks?: string; site?: string }) => `config:
  glance-dcn:networks: { ${keys.networks ?? ''} }
  glance-dcn:sites:
    control-plane: { ${keys.site ?? ''} nodes: { c-0: Controller, s-0: CephStorage } }
`;
const { lab } = writeLab(
  directory,
  name,
  text({ networks: 'storage: { mtu: 9000, existing: network }, internal_api: { existing: subnets }' }),
);
const home = `/home/stack/dcn/${name}`;
const site = planLab(lab).sites[0] as SitePlan;
const provision = site.steps[0] as StepPlan;

const run = (lines: string, input?: string): Promise<Ended> =>
  undercloudScript(lab, `umask 077; ${lines}`, input);

async function succeeds(lines: string): Promise<string> {
  const { code, output } = await run(lines);
  expect({ code, output }).toEqual({ code: 0, output });
  return output;
}

const words = (commands: string[][]) => commands.map((command) => command.map(quote).join(' ')).join(' && ');

/** What Neutron has: of internal_api, to which the lab adds nothing, also the number of changes and the time of the last one. */
async function neutron(): Promise<unknown> {
  const lists = ['network list --long', 'subnet list --long', 'network segment list --long'];
  const all = [...lists, 'network show internal_api', 'subnet show internal_api_subnet'];
  const output = await succeeds(all.map((list) => `openstack ${list} -f json && echo ,`).join(' && '));
  return JSON.parse(`[${output.replace(/,\s*$/, '')}]`) as unknown;
}

/** The kit's check of the undercloud for the site. */
function check(plan: SitePlan = site): Promise<Ended> {
  const subnets = plan.subnets.map(({ network, name: subnet, cidr, gateway }) => ({
    ...{ network, name: subnet, cidr },
    ...(network === 'ctlplane' && { gateway }),
  }));
  const document = { site: plan.name, stack: plan.stack, subnets, existing: plan.existing };
  return run(`python3 ${home}/kit site check`, stringify(document));
}

beforeAll(async () => {
  await sandboxUp(lab, silent);
  await uploadToUndercloud(lab, path.join(projectRoot, 'kit'), `${home}/kit`);
  const files = path.join(directory, 'files');
  fs.mkdirSync(files);
  for (const file of ['network_data.yaml', 'made_network_data.yaml']) {
    fs.writeFileSync(path.join(files, file), planFiles(planLab(lab))['control-plane']![file]!);
  }
  // Others' network data: the first three networks, storage with a subnet of theirs.
  const theirs = parseLab(
    'theirs',
    text({
      networks: 'storage: { mtu: 9000 }',
      site: 'networks: { storage: { subnet: storage_theirs, cidr: 10.8.40.0/24 } },',
    }),
  );
  const data = parse(planFiles(planLab(theirs))['control-plane']!['network_data.yaml']!) as object[];
  fs.writeFileSync(path.join(files, 'theirs.yaml'), stringify(data.slice(0, 3)));
  await uploadToUndercloud(lab, files, `${home}/control-plane`);
}, 10 * minutes);

afterAll(async () => {
  await sandboxDown(lab, silent);
  fs.rmSync(directory, { recursive: true });
}, 2 * minutes);

it(
  'refuses a site before the networks exist',
  async () => {
    const { code, output } = await check();
    expect(code).toBe(2);
    expect(output).toMatch(/^glance-dcn:networks\.storage\.existing: network: .* has no network storage:/m);
    expect(output).toMatch(
      /^glance-dcn:networks\.internal_api\.existing: subnets: .* has no network internal_api:/m,
    );
  },
  3 * minutes,
);

it(
  'uses networks and subnets that TripleO has made for others, and leaves them as they are',
  async () => {
    await succeeds(
      `cd ${home}/control-plane && openstack overcloud network provision -y -o ~/theirs.yaml theirs.yaml >/dev/null 2>&1`,
    );
    // Their network data needs it, for the positions of the others.
    await succeeds('openstack subnet delete storage_mgmt_subnet && openstack network delete storage_mgmt');
    const before = await neutron();
    expect(await check()).toEqual({ code: 0, output: '{"site": "control-plane"}' });
    await succeeds(`${words(provision.commands)} >/dev/null 2>&1`);
    const subnets = await succeeds('openstack subnet list -f value -c Name | sort | xargs');
    expect(subnets.split(' ')).toEqual([
      'ctlplane-subnet',
      'external_subnet',
      'internal_api_subnet',
      'storage_mgmt_subnet',
      'storage_subnet',
      'storage_theirs',
      'tenant_subnet',
    ]);
    await succeeds(`${words(provision.teardown)} >/dev/null 2>&1`);
    expect(await neutron()).toEqual(before);
  },
  10 * minutes,
);

it(
  'refuses what TripleO would change, and what TripleO cannot use',
  async () => {
    const changed = planLab(
      parseLab(
        name,
        text({
          networks: 'storage: { existing: network }, internal_api: { existing: subnets }',
          site: 'networks: { internal_api: { vlan: 20, gateway: 10.4.0.254 } },',
        }),
      ),
    ).sites[0] as SitePlan;
    await succeeds('openstack network set --enable --tag mine internal_api');
    const { code, output } = await check(changed);
    expect(code).toBe(2);
    expect(output.split('\n').map((line) => line.replace(/: .*/, ''))).toEqual([
      'glance-dcn:networks.storage.mtu',
      'glance-dcn:networks.internal_api.existing',
      'glance-dcn:networks.internal_api.existing',
      'glance-dcn:sites.control-plane.networks.internal_api.gateway',
      'glance-dcn:sites.control-plane.networks.internal_api.routes',
      'glance-dcn:sites.control-plane.networks.internal_api.vlan',
    ]);
    // The remedies in the messages.
    const remedies = [...output.matchAll(/let its owner run `([^`]*)`/g)].map(([, command]) => command!);
    expect(remedies).toHaveLength(6);
    await succeeds(remedies.join(' && '));
    expect(await check(changed)).toEqual({ code: 0, output: '{"site": "control-plane"}' });
    // A network by hand, with and without a subnet.
    await succeeds(
      'openstack network delete internal_api && openstack network create --disable --mtu 1500 ' +
        '--dns-domain internalapi.localdomain. --provider-network-type flat --provider-physical-network x internal_api',
    );
    expect((await check()).output).toMatch(
      /networks\.internal_api\.existing: subnets: .* segment \S+ without a name/,
    );
    await succeeds(
      'openstack subnet create --network internal_api --subnet-range 10.4.0.0/24 internal_api_subnet',
    );
    expect((await check()).output).toMatch(
      /networks\.internal_api\.existing: subnets: .* has subnets without a segment/,
    );
  },
  10 * minutes,
);
