import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import {
  type HostIdentity,
  nodeCreate,
  nodeDestroy,
  sandboxDown,
  sandboxStatus,
  sandboxUp,
  wan,
} from '../../sandbox';
import { powerOff, startAgain } from '../../sandbox/hosts/hosts';
import { hostNamespace, namespaceFile, routerNamespace } from '../../sandbox/network/names';
import { type SandboxPaths, pathsOf } from '../../sandbox/paths';
import { networkOf, processesOf } from '../../sandbox/processes';
import { quote } from '../../lib/quote';
import { projectRoot } from '../../lib/paths';
import { onNode, remains, writeLab } from './machine';

/*
 * Creates real hosts on this machine with the sandbox's functions; tests that kill the process run `./dcn sandbox`. Needs
 * root. The first run on a machine builds the hosts' images.
 */
const text = `config:
  glance-dcn:hosts: { domain: lab.example }
  glance-dcn:networks: { storage: { mtu: 9000 }, internal_api: { mtu: 1496 } }
  glance-dcn:sites:
    control-plane: { nodes: { far-controller-0: Controller, far-ceph-0: CephStorage } }
    dcn0: { nodes: { near-0: DistributedComputeHCI } }
`;
const minutes = 60_000;
const silent = () => undefined;
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-sandbox-'));
process.env.GLANCE_DCN_STATE = path.join(directory, 'state');
const { file, lab } = writeLab(directory, `testhosts${process.pid}`, text);
let paths: SandboxPaths;
let identities: HostIdentity[];

beforeAll(async () => {
  paths = pathsOf(lab.name);
  await sandboxUp(lab, silent);
  identities = await Promise.all(['far-ceph-0', 'near-0'].map((name) => nodeCreate(lab, name, silent)));
}, 30 * minutes);

afterAll(async () => {
  await sandboxDown(lab, silent);
  fs.rmSync(directory, { recursive: true });
}, minutes);

/** Payload of one TCP connection from a node to an address, in bits per second. */
async function throughput(from: string, to: string, address: string, bytes: number): Promise<number> {
  const receive = `import socket,time
s=socket.create_server(('',5555)); c,_=s.accept(); n=len(c.recv(1)); t=time.time()
while 1:
    x=c.recv(1<<20)
    if not x: break
    n+=len(x)
print(n*8/(time.time()-t))`;
  const send = `import socket,time
for i in range(50):
    try: s=socket.create_connection(('${address}',5555)); break
    except OSError: time.sleep(.1)
s.sendall(bytes(${bytes}))`;
  const received = onNode(lab, to, `python3 -c ${quote(receive)}`);
  await onNode(lab, from, `python3 -c ${quote(send)}`);
  return Number(await received);
}

describe('hosts', () => {
  it('can be reached by name from the undercloud, with sudo without a password and the addresses of the plan', async () => {
    expect(await onNode(lab, 'near-0', 'hostname -f; sudo id -un')).toBe('near-0.lab.example\nroot');
    const addresses = await onNode(lab, 'near-0', 'ip -4 -br address show eth0');
    for (const network of ['10.0.16', '10.4.16', '10.8.16', '10.12.16', '10.16.16']) {
      expect(addresses).toContain(`${network}.70/24`);
    }
    expect(await onNode(lab, 'near-0', 'systemctl is-system-running')).toBe('running');
  });

  it('reach each network of other sites from their own address in that network', async () => {
    await onNode(lab, 'near-0', 'ping -c 1 -W 2 10.8.0.30');
    expect(await onNode(lab, 'near-0', 'ip route get 10.8.0.30')).toContain('src 10.8.16.70');
  });

  it('have the MTU of each network on its routes, and the largest on their interface', async () => {
    expect(await onNode(lab, 'near-0', 'cat /sys/class/net/eth0/mtu')).toBe('9000');
    const routes = await onNode(lab, 'near-0', 'ip -4 route show');
    for (const [destination, mtu] of [
      ['10.0.16.0/24', 1500],
      ['10.4.16.0/24', 1496],
      ['10.8.16.0/24', 9000],
      ['10.8.0.0/14', 9000],
    ]) {
      expect(routes).toMatch(new RegExp(`^${destination} .* mtu ${mtu}\\b`, 'm'));
    }
  });

  it('send large packets within their site, and hear from the router that the WAN has 1500', async () => {
    const ping = 'ping -c 1 -W 2 -M do -s 8972';
    await onNode(lab, 'near-0', `${ping} 10.8.16.1`);
    expect(await onNode(lab, 'near-0', `${ping} 10.8.0.30 2>&1 || true`)).toMatch(/mtu[ =:]+1500/);
  });

  it('can delete an ebtables rule for a MAC address by its text, as Neutron’s linuxbridge agent does', async () => {
    const commands = [
      'ebtables -t nat -N ports -P DROP',
      'ebtables -t nat -A ports -j DROP',
      'for tap in tap0 tap1; do ebtables -t nat -I ports -i $tap --among-src fa:16:3e:00:00:01 -j RETURN; done',
      "rule=$(ebtables -t nat -L ports | sed -n '/tap0/p')",
      'ebtables -t nat --concurrent -D ports $rule',
      'ebtables -t nat -L ports',
      'ebtables -t nat -F ports; ebtables -t nat -X ports',
    ];
    const rules = await onNode(lab, 'near-0', `sudo bash -euc ${quote(commands.join('\n'))}`);
    expect(rules).toMatch(/entries: 2,.*\n-i tap1 --among-src .*\n-j DROP/);
  });

  it('have the identity that their creation returned, which a second creation returns again', async () => {
    const [, near] = identities as [HostIdentity, HostIdentity];
    expect((await onNode(lab, 'near-0', 'cat /etc/machine-id')).trim()).toBe(
      near.instanceId.replaceAll('-', ''),
    );
    expect(await onNode(lab, 'near-0', 'cat /etc/ssh/ssh_host_ed25519_key.pub')).toContain(near.hostKey);
    expect(await nodeCreate(lab, 'near-0', silent)).toEqual(near);
  });

  it('appear in the status, and not in the machine’s own network', async () => {
    const status = await sandboxStatus(lab);
    expect(status?.hosts.map(({ name, running }) => [name, running])).toEqual([
      ['far-ceph-0', true],
      ['near-0', true],
      ['undercloud', true],
    ]);
    expect(status?.sites).toEqual([
      { name: 'control-plane', cut: false },
      { name: 'dcn0', rate: '200mbit', cut: false },
    ]);
    const links = JSON.parse((await execa('ip', ['-j', 'link'])).stdout) as { ifname: string }[];
    expect(links.filter(({ ifname }) => /^(br|wan|up|h|new)-/.test(ifname))).toEqual([]);
  });

  it(
    'keep their disks, and the name that they were given, after a power loss',
    async () => {
      await onNode(lab, 'near-0', 'echo kept | sudo tee /etc/kept >/dev/null; sudo sync');
      await onNode(lab, 'near-0', 'echo near-0.lab.example | sudo tee /etc/hostname >/dev/null');
      await onNode(lab, 'near-0', 'echo disk | sudo dd of=/dev/vdb conv=fsync status=none');
      await powerOff(paths, 'near-0', 'power-loss');
      await startAgain(paths, 'near-0');
      expect(await onNode(lab, 'near-0', 'cat /etc/kept; hostname; sudo head -c 4 /dev/vdb')).toBe(
        'kept\nnear-0.lab.example\ndisk',
      );
    },
    minutes,
  );

  it(
    'have a new identity and a blank disk when they are created anew',
    async () => {
      const [, before] = identities as [HostIdentity, HostIdentity];
      await nodeDestroy(lab, 'near-0', silent);
      await nodeDestroy(lab, 'near-0', silent);
      const after = await nodeCreate(lab, 'near-0', silent);
      expect(after.instanceId).not.toBe(before.instanceId);
      expect(after.hostKey).not.toBe(before.hostKey);
      expect(
        await onNode(
          lab,
          'near-0',
          'sudo head -c 1048576 /dev/vdb | tr -d "\\0" | wc -c; test -e /etc/kept || echo gone',
        ),
      ).toBe('0\ngone');
    },
    minutes,
  );

  it('are refused if the lab file has no node of the name', async () => {
    await expect(nodeCreate(lab, 'nobody', silent)).rejects.toThrow(
      `node nobody: not in lab ${lab.name}. Its nodes: far-`,
    );
  });
});

describe('a lab of the same name from another state folder', () => {
  const own = process.env.GLANCE_DCN_STATE;

  beforeAll(() => (process.env.GLANCE_DCN_STATE = path.join(directory, 'other')));
  afterAll(() => (process.env.GLANCE_DCN_STATE = own));

  it('is refused, and cannot take this lab down', async () => {
    for (const verb of [sandboxUp, sandboxDown]) {
      await expect(verb(lab, silent)).rejects.toThrow(
        `is up on this machine from another state folder, ${own}`,
      );
    }
    expect(fs.existsSync(path.join(directory, 'other'))).toBe(false);
  });
});

describe('WAN', () => {
  const mbit = 1e6;

  it.each([
    ['down', 'far-ceph-0', 'near-0', '10.8.16.70'],
    ['up', 'near-0', 'far-ceph-0', '10.8.0.30'],
  ])(
    'limits the rate %s',
    async (_direction, from, to, address) => {
      await wan(lab, 'dcn0', '40mbit');
      const limited = await throughput(from, to, address, 10_000_000);
      expect(limited).toBeGreaterThan(15 * mbit);
      expect(limited).toBeLessThan(48 * mbit);
      await wan(lab, 'dcn0', 'off');
      expect(await throughput(from, to, address, 50_000_000)).toBeGreaterThan(200 * mbit);
    },
    minutes,
  );

  it(
    'can be cut and restored without an effect on other sites',
    async () => {
      await wan(lab, 'dcn0', 'cut');
      await expect(onNode(lab, 'far-ceph-0', 'ping -c 2 -W 1 10.8.16.70')).rejects.toThrow();
      expect((await sandboxStatus(lab))?.sites[1]?.cut).toBe(true);
      await sandboxUp(lab, silent);
      await expect(onNode(lab, 'far-ceph-0', 'ping -c 2 -W 1 10.8.16.70')).rejects.toThrow();
      await onNode(lab, 'far-ceph-0', 'true');
      await wan(lab, 'dcn0', 'restore');
      await onNode(lab, 'far-ceph-0', 'ping -c 3 -W 2 10.8.16.70');
    },
    minutes,
  );

  it('refuses an unknown order and an unknown site', async () => {
    await expect(wan(lab, 'dcn0', 'fast')).rejects.toThrow('fast is not a rate; write for instance 100mbit');
    await expect(wan(lab, 'dcn7', 'cut')).rejects.toThrow(
      `wan dcn7: the sandbox of lab ${lab.name} has no site`,
    );
  });
});

describe('a killed process', () => {
  /** Runs `dcn sandbox ARGS…` and kills only that process as soon as `condition` holds. */
  async function killed(
    args: string[],
    condition: () => boolean,
    env: Record<string, string> = {},
  ): Promise<void> {
    const start = path.join(projectRoot, 'cli', 'start.cjs');
    const command = [start, '--lab', file, 'sandbox', ...args];
    const options = { cwd: projectRoot, reject: false, stdio: 'ignore', env } as const;
    const child = execa(process.execPath, command, options);
    let hasEnded = false;
    void child.then(() => (hasEnded = true));
    while (!condition() && !hasEnded) {
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    child.kill('SIGKILL');
    expect((await child).signal).toBe('SIGKILL');
  }

  const stages = (host: string): [string, () => boolean][] => {
    const hostPaths = pathsOf(lab.name).host(host);
    return [
      ['has its folder', () => fs.existsSync(hostPaths.upper)],
      ['has a mounted root', () => fs.existsSync(path.join(hostPaths.root, 'etc'))],
      ['has its keys', () => fs.existsSync(path.join(hostPaths.root, 'etc/ssh/ssh_host_ed25519_key'))],
      ['is on the network', () => fs.existsSync(namespaceFile(hostNamespace(lab.name, host)))],
      ['runs', () => processesIn(hostNamespace(lab.name, host))],
    ];
  };

  function processesIn(namespace: string): boolean {
    const inode = fs.statSync(namespaceFile(namespace), { throwIfNoEntry: false })?.ino;
    return inode !== undefined && processesOf(paths).some((pid) => networkOf(pid) === inode);
  }

  it.each(stages('near-0'))(
    'while the node that it creates %s: the next creation completes the node',
    async (_stage, isReached) => {
      await nodeDestroy(lab, 'near-0', silent);
      await killed(['node', 'create', 'near-0'], isReached);
      const { instanceId } = await nodeCreate(lab, 'near-0', silent);
      const id = await onNode(lab, 'near-0', 'cat /etc/machine-id; sudo blkid /dev/vdb || true');
      expect(id).toBe(instanceId.replaceAll('-', ''));
    },
    minutes,
  );

  it(
    'while it removes a node: the next creation creates a complete new node',
    async () => {
      const before = await nodeCreate(lab, 'near-0', silent);
      await killed(['node', 'destroy', 'near-0'], () => !fs.existsSync(paths.host('near-0').record));
      const after = await nodeCreate(lab, 'near-0', silent);
      expect(after.instanceId).not.toBe(before.instanceId);
      expect(await onNode(lab, 'near-0', 'systemctl is-system-running')).toBe('running');
    },
    minutes,
  );

  it(
    'while it creates a node: down leaves nothing',
    async () => {
      await killed(['node', 'create', 'far-controller-0'], () =>
        processesIn(hostNamespace(lab.name, 'far-controller-0')),
      );
      await sandboxDown(lab, silent);
      expect(await remains(paths)).toEqual([]);
    },
    minutes,
  );

  it.each<[string, () => boolean]>([
    ['keys', () => fs.existsSync(`${pathsOf(lab.name).undercloudKey}.pub`)],
    ['the router', () => fs.existsSync(namespaceFile(routerNamespace(lab.name)))],
    ['the port', () => fs.existsSync(path.join(pathsOf(lab.name).run, 'forward.log'))],
    ...stages('undercloud').map(([stage, isReached]): [string, () => boolean] => [
      `an undercloud that ${stage}`,
      isReached,
    ]),
    ['the whole undercloud', () => fs.existsSync(pathsOf(lab.name).undercloudHostKey)],
  ])(
    'while it brings the sandbox up and has created %s: down leaves nothing, and may run twice',
    async (_stage, isReached) => {
      await killed(['up'], isReached);
      await sandboxDown(lab, silent);
      expect(await remains(paths)).toEqual([]);
      await sandboxDown(lab, silent);
    },
    minutes,
  );

  it(
    'while a version manager looks for the python3 of the forwarder: down leaves nothing',
    async () => {
      await sandboxDown(lab, silent);
      const shims = path.join(directory, 'shims');
      const shimPid = path.join(directory, 'shimPid');
      fs.mkdirSync(shims);
      const shim = `#!/bin/bash\necho $$ >${quote(shimPid)}\nsleep 2\nexec /usr/bin/python3 "$@"\n`;
      fs.writeFileSync(path.join(shims, 'python3'), shim, { mode: 0o755 });
      await killed(['up'], () => fs.existsSync(shimPid) && fs.statSync(shimPid).size > 0, {
        PATH: `${shims}:${process.env.PATH}`,
      });
      await sandboxDown(lab, silent);
      const pid = fs.readFileSync(shimPid, 'utf8').trim();
      expect(fs.existsSync(`/proc/${pid}/exe`)).toBe(false);
      expect(await remains(paths)).toEqual([]);
    },
    minutes,
  );
});
