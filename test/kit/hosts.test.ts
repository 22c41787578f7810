import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import execa from 'execa';
import { parse, stringify } from 'yaml';
import { projectRoot } from '../../lib/paths';
import { type Ended, type TestUndercloud, python, within } from './undercloud';

jest.setTimeout(60_000);

describe('roles subnets', () => {
  const roles = `###############################################################################
# Role: DistributedComputeHCI                                                 #
###############################################################################
- name: DistributedComputeHCI
  description: |
    Distributed Compute Node role with Ceph, Cinder volume, and Glance.
  tags:
    - compute
  networks:
    InternalApi:
      subnet: internal_api_subnet
    Storage:
      subnet: storage_subnet
    Tenant:
      subnet: tenant_subnet
  RoleParametersDefault:
    TunedProfileName: "throughput-performance"
  update_serial: 1
  ServicesDefault:
    - OS::TripleO::Services::Aide
- name: CephAll
  networks:
    - Storage
    - StorageMgmt
`;

  test.concurrent(
    "puts a site's subnets in and leaves all the rest",
    within(async (here) => {
      here.write('roles.yaml', roles);
      const subnets = ['Storage=storage_dcn0', 'InternalApi=internal_api_dcn0', 'External=external_dcn0'];
      const words = subnets.flatMap((pair) => ['--subnet', pair]);
      const { code, stderr } = await here.kit([
        'roles',
        'subnets',
        '--file',
        here.path('roles.yaml'),
        ...words,
      ]);
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: 'roles.yaml: no role is in External; its subnet was not needed\n',
      });
      const expected = parse(roles) as { networks: unknown }[];
      expected[0]!.networks = {
        InternalApi: { subnet: 'internal_api_dcn0' },
        Storage: { subnet: 'storage_dcn0' },
        Tenant: { subnet: 'tenant_subnet' },
      };
      expected[1]!.networks = {
        Storage: { subnet: 'storage_dcn0' },
        StorageMgmt: { subnet: 'storage_mgmt_subnet' },
      };
      expect(parse(here.read('roles.yaml'))).toEqual(expected);
    }),
  );

  test.concurrent(
    'puts the subnets of a rack into one role',
    within(async (here) => {
      here.write('roles.yaml', roles);
      const pairs = [
        'Storage=storage_dcn0',
        'CephAll/Storage=storage_dcn0_r1',
        'CephAll/Tenant=tenant_dcn0_r1',
      ];
      const file = here.path('roles.yaml');
      expect(
        await here.kit(['roles', 'subnets', '--file', file, ...pairs.flatMap((pair) => ['--subnet', pair])]),
      ).toMatchObject({
        code: 0,
        stderr: 'roles.yaml: no role is in CephAll/Tenant; its subnet was not needed\n',
      });
      expect(parse(here.read('roles.yaml'))).toMatchObject([
        { networks: { Storage: { subnet: 'storage_dcn0' }, Tenant: { subnet: 'tenant_subnet' } } },
        {
          networks: {
            Storage: { subnet: 'storage_dcn0_r1' },
            StorageMgmt: { subnet: 'storage_mgmt_subnet' },
          },
        },
      ]);
    }),
  );

  test.concurrent(
    'takes networks out that the lab does not have, and sets the default route',
    within(async (here) => {
      here.write('roles.yaml', roles);
      const words = ['--without', 'Tenant', '--without', 'StorageMgmt', '--default-route', 'ControlPlane'];
      const file = here.path('roles.yaml');
      expect(await here.kit(['roles', 'subnets', '--file', file, ...words])).toMatchObject({ code: 0 });
      expect(parse(here.read('roles.yaml'))).toMatchObject([
        {
          networks: { InternalApi: expect.anything(), Storage: expect.anything() },
          default_route_networks: ['ControlPlane'],
        },
        { networks: { Storage: expect.anything() }, default_route_networks: ['ControlPlane'] },
      ]);
      expect(here.read('roles.yaml')).not.toMatch(/Tenant:|StorageMgmt:/);
    }),
  );

  test.concurrent(
    'refuses a file without roles, and malformed pairs',
    within(async (here) => {
      here.write('roles.yaml', 'a: 1\n');
      const { code, stderr } = await here.kit([
        'roles',
        'subnets',
        '--file',
        here.path('roles.yaml'),
        '--subnet',
        'x',
      ]);
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /--subnet x: must be NETWORK=SUBNET or ROLE\/NETWORK=SUBNET\n--file .*: is not a list of roles with names/,
      );
      expect((await here.kit(['roles', 'subnets', '--file', '/no/file'])).stderr).toMatch(
        /does not exist; run `openstack overcloud roles generate/,
      );
      expect(here.read('roles.yaml')).toBe('a: 1\n');
    }),
  );
});

describe('nodes wait', () => {
  /** Loopback addresses with something on port 22 stand for nodes that answer; SSH itself is the fake's. */
  const hostname = fs.readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
  const node = (more: object = {}): object => ({
    name: hostname,
    address: '127.0.0.1',
    addresses: {},
    osdDevices: [],
    ...more,
  });
  const wait = (here: TestUndercloud, nodes: object[], more: object = {}): Promise<Ended> =>
    here.kit(['nodes', 'wait'], stringify({ site: 'dcn0', nodes, limitMinutes: 0.03, ...more }));
  const check = (here: TestUndercloud, nodes: object[], hosts: object): Promise<Ended> =>
    here.kit(['nodes', 'check'], stringify({ site: 'dcn0', nodes, hosts }));
  const instanceId = fs
    .readFileSync('/etc/machine-id', 'utf8')
    .trim()
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const server = net.createServer((socket) => socket.destroy());
  let answers: boolean;

  beforeAll(async () => {
    answers = await new Promise((resolve) =>
      server
        .once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'))
        .listen(22, '127.0.0.1', () => resolve(true)),
    );
  });
  afterAll(() => void server.close());

  test(
    'looks for the packages of cephadm on hosts of a Ceph cluster',
    within(async (here) => {
      await wait(here, [node({ ceph: true })]);
      expect(here.read('ssh-calls')).toMatch(/ ceph ''\n$/);
    }),
  );

  test(
    'gives the hosts the time servers of the document, whose clocks may then be wrong',
    within(async (here) => {
      expect((await wait(here, [node()], { ntpServers: ['a.example.com', '192.0.2.123'] })).code).toBe(0);
      expect(here.read('ssh-calls')).toMatch(/ 'a\.example\.com 192\.0\.2\.123' '' ''\n$/);
      expect((await wait(here, [node()], { ntpServers: 'a.example.com' })).stderr).toMatch(
        /ntpServers: must be a list, is 'a\.example\.com'/,
      );
    }),
  );

  test(
    'takes a host with its FQDN as its name where `ceph deploy` gives the host that name',
    within(async (here) => {
      const named = { name: 'h-0', fqdn: hostname };
      expect((await wait(here, [node(named)])).stderr).toBe('');
      expect((await wait(here, [node({ fqdn: 'other.example.com' })])).code).toBe(0);
      expect((await wait(here, [node({ name: 'h-0', fqdn: 'h-0.example.com' })])).stderr).toContain(
        `has the hostname ${hostname}: hostnamectl set-hostname h-0`,
      );
    }),
  );

  test('stores the host keys of ready nodes: those of the document, else those of the first connection', async () => {
    expect(answers).toBe(true);
    await within(async (here) => {
      const ready = await wait(here, [node()]);
      expect(ready).toMatchObject({ code: 0 });
      expect(JSON.parse(ready.stdout)).toEqual({
        site: 'dcn0',
        hosts: { [hostname]: { instanceId, hostKey: 'ssh-ed25519 AAAAshown' } },
      });
      expect(here.read('dcn/dev/dcn0/known_hosts')).toBe('127.0.0.1 ssh-ed25519 AAAAshown\n');
      const hosts = { [hostname]: { instanceId: 'i-1', hostKey: 'ssh-ed25519 AAAAknown' } };
      expect((await wait(here, [node()], { hosts })).code).toBe(0);
      expect(here.read('dcn/dev/dcn0/known_hosts')).toBe('127.0.0.1 ssh-ed25519 AAAAknown\n');
      expect(fs.readdirSync(here.path('dcn/dev/dcn0'))).toEqual(['hosts.json', 'known_hosts']);
    })();
  });

  test('trusts a host on first use once: another key of the same machine-id is a fault', async () => {
    await within(async (here) => {
      expect((await wait(here, [node()])).code).toBe(0);
      const stored = here.read('dcn/dev/dcn0/known_hosts');
      here.write('changed-keys', '127.0.0.1\n');
      const { code, stderr } = await wait(here, [node()]);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /: has another SSH host key than at its first connection, ssh-ed25519 AAAAshown…, but the same machine-id: .* ssh-keygen -R 127\.0\.0\.1 -f \S+\/dcn\/dev\/dcn0\/known_hosts; /,
      );
      expect(here.read('dcn/dev/dcn0/known_hosts')).toBe(stored);
      // Without the stored key, as after the remedy.
      here.write('dcn/dev/dcn0/known_hosts', '');
      expect((await wait(here, [node()])).code).toBe(0);
      expect(here.read('dcn/dev/dcn0/known_hosts')).toBe('127.0.0.1 ssh-ed25519 AAAAchanged\n');
    })();
  });

  test('trusts the key of a reinstalled host, which has another machine-id', async () => {
    await within(async (here) => {
      expect((await wait(here, [node()])).code).toBe(0);
      const inventory = here.read('dcn/dev/dcn0/hosts.json');
      here.write(
        'dcn/dev/dcn0/hosts.json',
        inventory.replace(instanceId, '00000000-0000-4000-8000-000000000000'),
      );
      here.write('changed-keys', '127.0.0.1\n');
      expect((await wait(here, [node()])).code).toBe(0);
      expect(here.read('dcn/dev/dcn0/known_hosts')).toBe('127.0.0.1 ssh-ed25519 AAAAchanged\n');
    })();
  });

  test("reads no host key but the site's own", async () => {
    await within(async (here) => {
      expect((await wait(here, [node()])).code).toBe(0);
      const calls = here.read('ssh-calls').match(/^-o.*tripleo-admin@.*$/gm) ?? [];
      expect(calls).not.toEqual([]);
      expect(calls.filter((call) => !call.includes('-oGlobalKnownHostsFile=/dev/null'))).toEqual([]);
    })();
  });

  test('may be asked several times at once: one that was interrupted goes on for a while', async () => {
    await within(async (here) => {
      const ended = await Promise.all(Array.from({ length: 8 }, () => wait(here, [node()])));
      expect(ended.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(Array(8).fill('0 '));
      expect(fs.readdirSync(here.path('dcn/dev/dcn0'))).toEqual(['hosts.json', 'known_hosts']);
    })();
  });

  test('ends when the reader of its output has ended', async () => {
    await within(async (here) => {
      const document = { site: 'dcn0', nodes: [node({ address: '127.0.0.2' })], limitMinutes: 5 };
      const waits = here.start(['nodes', 'wait'], stringify(document));
      await waits.says(/not ready/);
      waits.abandon();
      const { code, seconds } = await waits.ended;
      expect(code).not.toBe(0);
      expect(seconds).toBeLessThan(200);
    })();
  }, 300_000);

  test("refuses hosts of a site that still exists, as after a change of the site's name", async () => {
    await within(async (here) => {
      expect((await wait(here, [node()])).code).toBe(0);
      const renamed = { site: 'edge0', nodes: [node()], limitMinutes: 0.03 };
      for (const verb of ['wait', 'check']) {
        const { code, stderr } = await here.kit(['nodes', verb], stringify({ ...renamed, hosts: {} }));
        expect(code).toBe(2);
        expect(stderr).toContain(`node ${hostname}: is a host of site dcn0, which still exists\n`);
        expect(stderr).toContain('destroy the site that its nodes belong to first');
      }
      expect((await here.kit(['site', 'close', 'dcn0'])).code).toBe(0);
      expect((await here.kit(['nodes', 'wait'], stringify(renamed))).code).toBe(0);
    })();
  });

  test('says at its limit what each node lacks', async () => {
    await within(async (here) => {
      const { code, stderr } = await wait(here, [
        node({ name: 'oc0-ceph-4', addresses: { storage: '10.8.16.74' }, osdDevices: ['/dev/no-such'] }),
        node({ name: 'oc0-ceph-5', address: '127.0.0.99' }),
      ]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/nodes of dcn0: 2 of 2 not ready after 0.03 minutes:/);
      for (const fault of [
        /^node oc0-ceph-4 \(127\.0\.0\.1\): has the hostname \S+: hostnamectl set-hostname oc0-ceph-4$/m,
        /^node oc0-ceph-4 \(127\.0\.0\.1\): does not have address 10\.8\.16\.74: /m,
        /^node oc0-ceph-4 \(127\.0\.0\.1\): does not resolve the name oc0-ceph-4: put '10\.8\.16\.74 oc0-ceph-4'/m,
        /^node oc0-ceph-4 \(127\.0\.0\.1\): has no block device \/dev\/no-such/m,
      ]) {
        expect(stderr).toMatch(fault);
      }
      expect(stderr).toMatch(/node oc0-ceph-5 \(127\.0\.0\.99\): does not answer at 127\.0\.0\.99 port 22/);
    })();
  });

  test('looks once at hosts that exist already, and trusts no key but the given one', async () => {
    await within(async (here) => {
      const hosts = { [hostname]: { hostKey: 'ssh-ed25519 AAAAknown' } };
      const found = await check(here, [node()], hosts);
      expect(JSON.parse(found.stdout)).toEqual({
        site: 'dcn0',
        hosts: { [hostname]: { instanceId, hostKey: 'ssh-ed25519 AAAAknown' } },
      });
      here.write('changed-keys', '127.0.0.1\n');
      const changed = await check(here, [node()], hosts);
      expect(changed.code).toBe(2);
      expect(changed.stderr).toMatch(
        /^node \S+ \(127\.0\.0\.1\): has another SSH host key \(SHA256:shown\) than the known one, ssh-ed25519 AAAAknown…: if it was reinstalled, compare/m,
      );
      expect(here.read('ssh-calls')).not.toContain('accept-new');
    })();
  });

  test('refuses servers whose volumes it could not look for', async () => {
    await within(async (here) => {
      const hosts = { [hostname]: { hostKey: 'ssh-ed25519 AAAA', volumes: { vdb: 'x;y' } } };
      const document = stringify({ site: 'dcn0', nodes: [node()], hosts, limitMinutes: 0.03 });
      const { code, stderr } = await here.kit(['nodes', 'prepare'], document);
      expect(code).toBe(2);
      expect(stderr).toMatch(/volumes: 'vdb' does not match/);
      expect(stderr).toMatch(/volumes: 'x;y' does not match/);
    })();
  });

  test('refuses a document with faults', async () => {
    await within(async (here) => {
      const { code, stderr } = await wait(here, [
        node({ name: 'Big', address: 'no', osdDevices: ['vdb'], colour: 'x' }),
        node({ name: 'oc0-ceph-4', osdDevices: 'every', ceph: 'yes' }),
      ]);
      expect(code).toBe(2);
      for (const fault of [
        /name: 'Big'/,
        /address: 'no'/,
        /osdDevices: 'vdb'/,
        /osdDevices: 'every' does not match all/,
        /ceph: 'yes' does not match true\|false/,
        /colour: is not a key of a node/,
      ]) {
        expect(stderr).toMatch(fault);
      }
    })();
  });
});

describe('packages of a host of a Ceph cluster', () => {
  /** The lines of probe.sh about packages. @param missing programs that the host does not have */
  async function lines(missing: string[], ceph: string, inContainer: boolean): Promise<string[]> {
    const host = `command() { [[ " ${missing.join(' ')} " != *" $2 "* ]]; }; systemd-detect-virt() { ${inContainer}; }`;
    const probe = path.join(projectRoot, 'kit/hosts/onnode/probe.sh');
    const { stdout } = await execa('bash', [
      '-c',
      `${host}; . ${probe}`,
      'kit',
      'name',
      '',
      ...['', '', '', '', '', ''],
      ceph,
    ]);
    return stdout.split('\n').filter((line) => line.includes('cephadm needs'));
  }

  const programs = ['lvcreate', 'podman', 'chronyd'];
  const fault = (packages: string) =>
    `lacks packages that cephadm needs on a host of a Ceph cluster: dnf install ${packages}`;

  test.each([
    [programs, 'ceph', false, [fault('lvm2 podman chrony')]],
    [['chronyd'], 'ceph', false, [fault('chrony')]],
    [['chronyd'], 'ceph', true, []],
    [['lvcreate'], 'ceph', true, [fault('lvm2')]],
    [[], 'ceph', false, []],
    [programs, '', false, []],
  ])('without %j, "%s", in a container: %s', async (missing, ceph, inContainer, expected) => {
    expect(await lines(missing, ceph, inContainer)).toEqual(expected);
  });
});

describe('the clock of a host', () => {
  /** The lines of probe.sh about the clock. @param synchronised what timedatectl prints; empty: it fails */
  async function lines(synchronised: string, inContainer: boolean, servers = ''): Promise<string[]> {
    const host = `
      timedatectl() { [ "$*" = 'show --property=NTPSynchronized --value' ] && echo '${synchronised}'; }
      systemd-detect-virt() { ${inContainer}; }`;
    const probe = path.join(projectRoot, 'kit/hosts/onnode/probe.sh');
    const words = `name '' '' '' '' '' '' '${servers}'`;
    const { stdout } = await execa('bash', ['-c', `${host}; set -- ${words}; . ${probe}`]);
    return stdout.split('\n').filter((line) => line.includes('clock'));
  }

  test('is synchronised, or gets time servers from TripleO', async () => {
    const fault = /^has a clock that is not synchronised, .* write glance-dcn:hosts: \{ ntpServers: \[…\] \}/;
    expect(await lines('no', false)).toEqual([expect.stringMatching(fault)]);
    expect(await lines('no', false, 'ntp.example.com 192.0.2.123')).toEqual([]);
    expect(await lines('yes', false)).toEqual([]);
    expect(await lines('', false)).toEqual([]);
  });

  test('is that of the machine in a container', async () => {
    expect(await lines('no', true)).toEqual([]);
  });
});

describe('a host whose blank disks all become OSDs', () => {
  /**
   * The lines of probe.sh about disks, on a host with the disk /dev/sda, which has a partition, and perhaps a second disk.
   * @param second the start of the second disk; undefined: there is none
   * @param devices those of the plan
   * @param accepted devices of this host in the inventory; empty: the inventory does not have the host
   * @param type what lsblk does for a whole disk
   */
  async function lines(
    second: string | undefined,
    devices: string,
    accepted = '',
    type = 'echo disk',
  ): Promise<string[]> {
    const host = `
      find() { printf '%s\n' /dev/sda /dev/sda1 ${second === undefined ? '' : '/dev/sdb'}; }
      lsblk() {
        case "$1 \${@: -1}" in
          '--nodeps /dev/sda1') echo part ;;
          '--noheadings /dev/sda') printf 'disk\\npart\\n' ;;
          *) ${type} ;;
        esac
      }
      sudo() {
        case $2 in
          wipefs) ;;
          head) head --bytes=65536 <(printf '%s' '${second ?? ''}'; head --bytes=65536 /dev/zero) ;;
        esac
      }`;
    const probe = path.join(projectRoot, 'kit/hosts/onnode/probe.sh');
    const known = accepted ? '$(cat /etc/machine-id)' : '';
    const { stdout } = await execa('bash', [
      '-c',
      `${host}; set -- name '' '${devices}' '' "${known}" '${accepted}'; . ${probe}`,
    ]);
    return stdout.split('\n').filter((line) => line.includes('blank'));
  }

  test('has a blank disk, or says what to do', async () => {
    expect(await lines('', 'all')).toEqual([]);
    const fault = /^has no blank disk for an OSD: add one, or clear a disk/;
    expect(await lines(undefined, 'all')).toEqual([expect.stringMatching(fault)]);
    expect(await lines('data', 'all')).toEqual([expect.stringMatching(fault)]);
  });

  test('has one on the sandbox, where lsblk knows nothing of the disks', async () => {
    expect(await lines('', 'all', '', 'return 32')).toEqual([]);
  });

  test('needs none later, because its disks have become OSDs', async () => {
    expect(await lines('osd', 'all', 'all')).toEqual([]);
  });
});

describe('check', () => {
  const kitSource = path.join(projectRoot, 'kit');

  test('names Python 3.9 where python3 is older, and PyYAML where it is missing', async () => {
    const run = (change: string) =>
      execa(
        python(),
        [
          '-c',
          `import sys; ${change}; import runpy; sys.argv = ['kit', 'check']; runpy.run_path('${kitSource}', run_name='__main__')`,
        ],
        { reject: false, env: { PYTHONDONTWRITEBYTECODE: '1' } },
      );
    expect(await run('sys.version_info = (3, 6, 8)')).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^undercloud: python3 is Python 3\.6\.8, needed is 3\.9 or later with PyYAML: dnf install .*$/,
      ) as string,
    });
    expect(await run("sys.modules['yaml'] = None")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(
        /^undercloud: python3 \(Python 3.*\) has no PyYAML: install it for /,
      ) as string,
    });
  });

  test.each(['__main__.py', 'stores/__init__.py'])(
    '%s, which Python reads before that check, is Python 3.6',
    async (file) => {
      const program = 'import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 6))';
      await execa(python(), ['-c', program], { input: fs.readFileSync(path.join(kitSource, file), 'utf8') });
    },
  );

  test.concurrent(
    'reports everything that is missing at once',
    within(async (here) => {
      here.behave('exit 1');
      const { code, stderr } = await here.kit(['check']);
      expect(code).toBe(2);
      for (const fault of [
        /`openstack` does not run in a login shell/,
        /stackrc is missing/,
        /\.ssh\/id_rsa is missing: ssh-keygen/,
        /openstack-tripleo-heat-templates/,
      ]) {
        expect(stderr).toMatch(fault);
      }
    }),
  );

  test.concurrent(
    "makes the key of cephadm's account once, however many ask at the same time",
    within(async (here) => {
      const key = '.ssh/ceph-admin-id_rsa';
      const ask = () =>
        execa('python3', ['-c', 'from hosts import undercloud; undercloud.ensure_ceph_key()'], {
          cwd: path.join(here.lab(), 'kit'),
          env: { HOME: here.home },
        });
      fs.mkdirSync(here.path('.ssh'));
      await Promise.all([ask(), ask(), ask()]);
      const made = here.read(key);
      await ask();
      expect(here.read(key)).toBe(made);
      const derived = await execa('ssh-keygen', ['-y', '-f', here.path(key)]);
      expect(here.read(`${key}.pub`)).toContain(derived.stdout.split(' ')[1]);
    }),
  );
});
