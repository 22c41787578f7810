import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { planFiles, planLab } from '../../model';
import { nodeCreate, nodeDestroy, sandboxDown, sandboxUp } from '../../sandbox';
import { projectRoot } from '../../lib/paths';
import { routerNamespace } from '../../sandbox/network/names';
import { inNamespace } from '../../sandbox/network/namespace';
import { killedDeploy } from './killedDeploy';
import { type Ended, onNode, undercloudScript, uploadToUndercloud, writeLab } from './machine';
import { type Refusal, otherRefusals, refusedStackPhases } from './refusals';

/*
 * TripleO's own verbs on the sandbox's undercloud with `tripleo: quick`: the control plane that they deploy, and their
 * refusals with the reasons. The commands are those of the plan's commands.sh. Each test builds on the tests before it.
 */
const text = `config:
  glance-dcn:sites:
    control-plane:
      ceph: { cluster: central }
      nodes: { oc0-controller-0: Controller, oc0-ceph-0: CephStorage }
    dcn0: { nodes: { oc0-ceph-4: DistributedComputeHCI } }
`;
const minutes = 60_000;
const silent = () => undefined;
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-tripleo-'));
process.env.GLANCE_DCN_STATE = path.join(directory, 'state');
const { lab } = writeLab(directory, `testtripleo${process.pid}`, text);
const site = 'control-plane';
const home = `/home/stack/dcn/${lab.name}/${site}`;
const nodes = ['oc0-controller-0', 'oc0-ceph-0'];
/** A host of an edge site that is not deployed. */
const edgeNode = 'oc0-ceph-4';

const script = (lines: string) => undercloudScript(lab, `umask 077; ${lines}`);

/** The plan's command with these words, as one line. */
function planned(words: string): string {
  const commands = planFiles(planLab(lab))[site]?.['commands.sh'] ?? '';
  const command = commands.split('\n\n').find((part) => part.includes(words)) as string;
  return command
    .replace(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .trim();
}

const stackPhase = () => planned('--stack-only');
const configPhase = () => planned('--config-download-only');

/** A stack phase with a parameter in an additional environment file, the last one. */
const withParameter = (name: string, value: string) =>
  `printf 'parameter_defaults:\\n  ${name}: ${value}\\n' > ~/extra.yaml; ${stackPhase()} -e ~/extra.yaml`;

beforeAll(async () => {
  await sandboxDown(lab, silent);
  await sandboxUp(lab, silent);
  await Promise.all([...nodes, edgeNode].map((name) => nodeCreate(lab, name, silent)));
  const files = path.join(directory, 'files');
  for (const [name, content] of Object.entries(planFiles(planLab(lab))[site] ?? {})) {
    fs.mkdirSync(path.dirname(path.join(files, name)), { recursive: true });
    fs.writeFileSync(path.join(files, name), content);
  }
  await uploadToUndercloud(lab, files, home);
}, 30 * minutes);

afterAll(async () => {
  await sandboxDown(lab, silent);
  fs.rmSync(directory, { recursive: true });
}, 2 * minutes);

it(
  'passes the unit tests of the stand-ins',
  async () => {
    await uploadToUndercloud(lab, path.join(projectRoot, 'test', 'sandbox', 'tripleo'), '/tmp/units');
    const run = 'PYTHONPATH=/opt/dcn /opt/tripleo/bin/python -W ignore -m unittest';
    expect(await script(`cd /tmp/units && ${run}`)).toMatchObject({ code: 0 });
  },
  2 * minutes,
);

it(
  'deploys a control plane with exactly the commands of the plan',
  async () => {
    expect(await script(`bash ${home}/commands.sh > ~/first.log 2>&1 || tail -n 30 ~/first.log`)).toEqual({
      code: 0,
      output: '',
    });
    const seen = await script(
      'openstack overcloud status --stack control-plane; source ~/control-planerc; ' +
        'openstack endpoint list -f value -c "Service Name" -c Interface -c URL; ' +
        'curl -sf -H "X-Auth-Token: $(openstack token issue -f value -c id)" http://10.20.0.5:9292/v2/info/stores',
    );
    expect(seen.output).toContain('DEPLOY_SUCCESS');
    expect(seen.output).toContain('glance public http://10.20.0.5:9292');
    expect(seen.output).toContain('glance internal http://10.4.0.5:9292');
    expect(seen.output).toContain('keystone admin http://10.0.0.5:35357');
    expect(seen.output).toContain(
      '{"id": "central", "description": "central rbd glance store", "default": "true"}',
    );
  },
  10 * minutes,
);

it('prints no traceback of Python', async () => {
  expect((await script('grep -n Traceback -A 5 ~/first.log; true')).output).toBe('');
});

it('creates the pools, the user and the configuration that TripleO computed', async () => {
  const ceph = 'sudo ceph --cluster central';
  const commands = ['osd pool ls', 'auth get client.openstack', 'config get mon public_network', 'health'];
  const seen = await onNode(
    lab,
    'oc0-controller-0',
    commands.map((words) => `${ceph} ${words} 2>&1`).join('; '),
  );
  for (const pool of ['images', 'vms', 'volumes']) {
    expect(seen).toMatch(new RegExp(`^${pool}$`, 'm'));
    expect(seen).toContain(`profile rbd pool=${pool}`);
  }
  expect(seen).toContain('10.8.0.0/24');
  expect(seen).toContain('HEALTH_OK');
});

it(
  'changes nothing when nothing has changed',
  async () => {
    const again = await script(`${stackPhase()} > ~/log 2>&1 && ${configPhase()}`);
    expect(again.code).toBe(0);
    expect(again.output).toContain('step 5 of 5');
    expect(again.output).not.toMatch(/oc0-\S+: (wrote|started|restarted|pool|user|password)/);
  },
  5 * minutes,
);

it(
  'keeps the overcloud’s credentials when the sandbox is brought up again',
  async () => {
    await sandboxUp(lab, silent);
    const clouds = 'stat -c %a ~/.config/openstack/clouds.yaml; sudo stat -c %a /etc/openstack/clouds.yaml';
    const seen = await script(
      `. ~/control-planerc && openstack token issue -f value -c id >/dev/null && ${clouds}`,
    );
    expect(seen).toEqual({ code: 0, output: '600\n600' });
  },
  2 * minutes,
);

it(
  'applies a changed parameter to the service that reads it, and restarts no other',
  async () => {
    const changed = await script(
      `${withParameter('GlanceStoreDescription', 'far away')} > ~/log 2>&1 && ${configPhase()} -e ~/extra.yaml`,
    );
    expect(changed.output).toContain('restarted glance-api');
    expect(changed.output).not.toContain('restarted keystone');
    const conf = await onNode(lab, 'oc0-controller-0', 'sudo cat /etc/glance/glance-api.conf');
    expect(conf).toContain('store_description = far away');
  },
  5 * minutes,
);

/** Ports of memcached and of OVN's databases, and one that no service has. */
const ports = [11211, 6641, 6642, 4242];

/** Runs attempts to connect to these ports of the Controller; `run` runs a script and returns its standard output. */
async function connections(run: (lines: string) => Promise<string>): Promise<Record<number, string>> {
  const { addresses } = planLab(lab)
    .sites.flatMap((each) => each.nodes)
    .find(({ name }) => name === nodes[0])!;
  const attempt = `timeout 3 bash -c "exec 3<>/dev/tcp/${addresses.internal_api}/$port" 2>/dev/null; echo $?`;
  const codes = await run(`for port in ${ports.join(' ')}; do ${attempt}; done`);
  const meanings: Record<string, string> = { 0: 'open', 1: 'no listener', 124: 'dropped' };
  return Object.fromEntries(
    codes
      .trim()
      .split('\n')
      .map((code, index) => [ports[index], meanings[code]]),
  );
}

describe('the firewall of the Controllers', () => {
  const fromEdge = () => connections((lines) => onNode(lab, edgeNode, lines));
  const fromOwnSubnet = () =>
    connections((lines) => inNamespace(routerNamespace(lab.name), ['bash', '-c', lines]));

  it(
    'lets an edge site reach memcached and OVN through the ranges of the plan',
    async () => {
      const open = { 11211: 'open', 6641: 'no listener', 6642: 'no listener', 4242: 'dropped' };
      expect(await fromEdge()).toEqual(open);
      expect(await fromOwnSubnet()).toEqual(open);
    },
    minutes,
  );

  it(
    'shuts an edge site out without these ranges, which Neutron did not know at the last network provision',
    async () => {
      const without = withParameter('ExtraFirewallRules', '{}');
      expect(
        await script(`${without} > ~/log 2>&1 && ${configPhase()} -e ~/extra.yaml > ~/log 2>&1`),
      ).toMatchObject({ code: 0 });
      expect(await fromEdge()).toEqual({
        11211: 'dropped',
        6641: 'dropped',
        6642: 'dropped',
        4242: 'dropped',
      });
      expect(await fromOwnSubnet()).toMatchObject({ 11211: 'open', 6641: 'no listener' });
    },
    5 * minutes,
  );
});

/** Runs the commands one after the other; returns each fault with the end of its command. */
function inTurn(refusals: Refusal[]): [string, Promise<Ended>][] {
  let last: Promise<unknown> = Promise.resolve();
  return refusals.map(([fault, command]) => {
    const ended = last.then(() => script(command()));
    last = ended.catch(() => undefined);
    return [fault, ended];
  });
}

describe('a command line', () => {
  const commands = { planned, stackPhase, configPhase, withParameter };
  const [ofStackPhases, others] = [refusedStackPhases(commands), otherRefusals(commands)];
  let ended: Map<string, Promise<Ended>>;

  beforeAll(() => {
    ended = new Map([...inTurn(ofStackPhases), ...inTurn(others)]);
  });

  it.each([...ofStackPhases, ...others])(
    'refuses %s',
    async (fault, _command, reason) => {
      const { code, output } = (await ended.get(fault)) as Ended;
      expect(output).toMatch(reason);
      expect(code).not.toBe(0);
    },
    3 * minutes,
  );
});

it(
  'refuses a second deploy while another one uses the ephemeral Heat, and does not disturb the first',
  async () => {
    const first = script(stackPhase());
    const second = await script(
      `until [ -s ~/overcloud-deploy/.ephemeral-heat ]; do sleep 0.2; done; sleep 3; ${stackPhase()}`,
    );
    expect(second.code).not.toBe(0);
    expect(second.output).toMatch(/already running for stack control-plane, process \d+, since 2/);
    expect(await first).toMatchObject({ code: 0 });
  },
  5 * minutes,
);

it(
  'finds in Heat the stack that a killed deploy has left, except with --rm-heat, as in the plan',
  async () => {
    const killed = killedDeploy(stackPhase(), `[ -s ~/overcloud-deploy/${site}/heat-database ]`);
    expect(await script(killed)).toMatchObject({ code: 0 });
    const found = await script(stackPhase().replace(' --rm-heat', ''));
    expect(found.output).toContain(`The Stack (${site}) already exists`);
    expect(found.code).not.toBe(0);
    expect(await script(killed)).toMatchObject({ code: 0 });
    expect(await script(stackPhase())).toMatchObject({ code: 0 });
  },
  5 * minutes,
);

it(
  'fails with the name of a cluster that does not exist',
  async () => {
    const wrong = withParameter('CephClusterName', 'elsewhere');
    const { code, output } = await script(`${wrong} > ~/log 2>&1 && ${configPhase()} -e ~/extra.yaml`);
    expect(output).toMatch(/oc0-controller-0: .*no Ceph cluster elsewhere/);
    expect(code).not.toBe(0);
    const status = await script('openstack overcloud status --stack control-plane');
    expect(status.output).toContain('DEPLOY_FAILED');
  },
  5 * minutes,
);

it('leaves no password or key in its output, nor in files that others can read', async () => {
  const search =
    'cd ~; python3 - <<"PYTHON"\n' +
    'import yaml\n' +
    'secrets = yaml.safe_load(open("overcloud-deploy/control-plane/control-plane-passwords.yaml"))["parameter_defaults"]\n' +
    'log = open("first.log").read()\n' +
    'print([name for name, value in secrets.items() if isinstance(value, str) and len(value) > 9 and value in log])\n' +
    'PYTHON\n' +
    'stat -c %a ~ ~/overcloud-deploy/control-plane/control-plane-passwords.yaml ~/control-planerc';
  expect((await script(search)).output.split('\n')).toEqual(['[]', '700', '600', '600']);
});

it(
  'creates no OSD on a disk that is not blank',
  async () => {
    await nodeDestroy(lab, 'oc0-ceph-0', silent);
    await nodeCreate(lab, 'oc0-ceph-0', silent);
    await onNode(lab, 'oc0-ceph-0', 'sudo dd if=/dev/urandom of=/dev/vdb bs=4096 count=1 status=none');
    const { code, output } = await script(planned('ceph deploy'));
    expect(output).toMatch(/oc0-ceph-0: \/dev\/vdb is not blank/);
    expect(code).not.toBe(0);
  },
  3 * minutes,
);

it(
  'removes the stack',
  async () => {
    const gone = await script(
      `openstack overcloud delete -y --skip-ipa-cleanup ${site} && ` +
        `openstack overcloud node unprovision -y --all --stack ${site} ${home}/baremetal_${site}.yaml && ` +
        `openstack overcloud network unprovision -y ${home}/network_data.yaml`,
    );
    expect(gone.code).toBe(0);
    const remaining = await script(
      `openstack port list -f value -c ID; openstack network list -f value -c Name; ls -d ~/overcloud-deploy/${site}`,
    );
    expect(remaining.output.split('\n').sort()).toEqual([
      'ctlplane',
      `ls: cannot access '/home/stack/overcloud-deploy/${site}': No such file or directory`,
      // tripleo-ansible creates it beside the lab's networks and does not remove it.
      'ovn_mac_addr_net',
    ]);
  },
  5 * minutes,
);
