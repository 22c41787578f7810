import * as fs from 'node:fs';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { killer } from './killer';
import { openSshPort } from './sshPort';
import { type Ended, type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

describe('nodes wait', () => {
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
  let closePort: () => void;

  beforeAll(async () => {
    closePort = await openSshPort('127.0.0.1');
  });
  afterAll(() => closePort());

  test(
    'looks for the packages of cephadm on hosts of a Ceph cluster',
    within(async (here) => {
      await wait(here, [node({ ceph: true })]);
      expect(here.read('ssh-calls')).toMatch(/ ceph '' ''\n$/);
    }),
  );

  test(
    'gives the hosts the time servers of the document, whose clocks may then be wrong',
    within(async (here) => {
      expect((await wait(here, [node()], { ntpServers: ['a.example.com', '192.0.2.123'] })).code).toBe(0);
      expect(here.read('ssh-calls')).toMatch(/ 'a\.example\.com 192\.0\.2\.123' '' '' ''\n$/);
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

  test('trusts the key of a reinstalled host also when the kit was killed between the two files that it writes', async () => {
    await within(async (here) => {
      expect((await wait(here, [node()])).code).toBe(0);
      const other = here
        .read('dcn/dev/dcn0/hosts.json')
        .replace(instanceId, '00000000-0000-4000-8000-000000000000');
      here.write('changed-keys', '127.0.0.1\n');
      here.inject(killer);
      // A file with the host's key for ssh, then the two files.
      for (const at of [2, 3]) {
        here.write('dcn/dev/dcn0/hosts.json', other);
        here.write('dcn/dev/dcn0/known_hosts', '127.0.0.1 ssh-ed25519 AAAAshown\n');
        here.write('kill-at', String(at));
        expect((await wait(here, [node()])).code).toBe(-1);
        expect((await wait(here, [node()])).code).toBe(0);
        expect(here.read('dcn/dev/dcn0/hosts.json')).toContain(instanceId);
        expect(here.read('dcn/dev/dcn0/known_hosts')).toBe('127.0.0.1 ssh-ed25519 AAAAchanged\n');
      }
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
      expect(stderr).toMatch(
        /node oc0-ceph-5 \(127\.0\.0\.99\): does not answer at 127\.0\.0\.99 port 22: .*Connection refused: is the host up, with sshd, and does no firewall/,
      );
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

  test('names the user and the key file if a host lets nobody log in', async () => {
    await within(async (here) => {
      here.write('refused-logins', '127.0.0.1\n');
      const { code, stderr } = await check(here, [node()], {
        [hostname]: { hostKey: 'ssh-ed25519 AAAAknown' },
      });
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^node \S+ \(127\.0\.0\.1\): does not let tripleo-admin log in: put \S+\/\.ssh\/id_rsa\.pub into that user's authorized_keys on the node$/m,
      );
    })();
  });

  test('takes no text that the shell of a login prints for a fault', async () => {
    await within(async (here) => {
      // Not in UTF-8.
      fs.writeFileSync(here.path('welcome'), Buffer.from('Gr\xfc\xdfe\n', 'latin1'));
      expect((await wait(here, [node()])).code).toBe(0);
    })();
  });

  test('says of a host that hangs where to look', async () => {
    await within(async (here) => {
      const file = path.join(here.lab(), 'kit/hosts/probe.py');
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('_SECONDS = 60', '_SECONDS = 1'));
      here.write('stuck', '127.0.0.1\n');
      const { code, stderr } = await check(here, [node()], {
        [hostname]: { hostKey: 'ssh-ed25519 AAAAknown' },
      });
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^node \S+ \(127\.0\.0\.1\): accepted SSH and then did not answer for \d+ s: look at its load/m,
      );
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
        node({ osdSelections: [{ of: 'data_devices', size: '1T|', colour: 'red' }] }),
      ]);
      expect(code).toBe(2);
      for (const fault of [
        /name: 'Big'/,
        /address: 'no'/,
        /osdDevices: 'vdb'/,
        /osdDevices: 'every' does not match all/,
        /osdSelections: size: '1T\|' does not match/,
        /ceph: 'yes' does not match true\|false/,
        /colour: is not a key of a node/,
      ]) {
        expect(stderr).toMatch(fault);
      }
    })();
  });
});
