import { inNamespace } from '../../sandbox/network/namespace';
import { hostNamespace } from '../../sandbox/network/names';
import {
  expectClones,
  imageNamed,
  minutes,
  type ServerLine,
  serverLines,
  serversOf,
} from '../sandbox/expectations';
import { LabUnderTest, fewestNodes, until } from '../sandbox/labUnderTest';
import { Traces } from '../sandbox/traces';

/*
 * Servers under bad conditions: a slow WAN link, a cut WAN link, images only at other sites, an interrupted command. The
 * tests share one lab; each builds on the tests before it, and removes its servers.
 */

const lab = new LabUnderTest(`srv${process.pid}`);
const machine = Traces.now();

/** Time limit of Nova for a copy to the site; with Nova's default, a copy that died would take ten minutes. */
const copySeconds = 60;
const shortCopies = `parameters: { NovaGlanceRbdCopyTimeout: ${copySeconds}, NovaGlanceRbdCopyPollInterval: 5 }`;

/** The shipped lab file with the fewest nodes, and with the short time limit at dcn0. */
function small(text: string): string {
  return fewestNodes(text)
    .replace('dcn0: { nodes:', `dcn0: { ${shortCopies}, nodes:`)
    .replace('control-plane:\n', 'control-plane:\n      defaultZone: dcn0\n');
}

/** Removes the server that a command's output names. */
async function removeNamedServer(stdout: string): Promise<void> {
  const id = /^Server \S+ \((\S+)\)/m.exec(stdout)?.[1] as string;
  await lab.onUndercloud(`. ~/control-planerc; openstack server delete --wait ${id}`);
}

/**
 * Boots a server in the project of `dcn boot`, without the checks of `dcn`, as a member of the project; returns Nova's zone, fault
 * and status of the server.
 */
async function statusWithoutCheck(name: string, image: string, zone?: string): Promise<string> {
  const at = zone === undefined ? '' : `--availability-zone ${zone}`;
  const words = `--image ${image} --flavor glance-dcn-512-1 --network glance-dcn ${at}`;
  const seen = '-c status -c OS-EXT-AZ:availability_zone -c fault';
  return lab.onUndercloud(
    // OS_CLOUD would go before OS_PROJECT_NAME.
    '. ~/control-planerc; unset OS_CLOUD; ' +
      `OS_PROJECT_NAME=glance-dcn timeout ${copySeconds + 120} openstack server create --wait ${words} ${name} >&2; ` +
      `id=$(openstack server list --all-projects --name ^${name}$ -f value -c ID); ` +
      `openstack server show $id -f value ${seen} | paste -sd' '`,
  );
}

/** Name of the project of a server. */
async function projectOf(name: string): Promise<string> {
  return (
    await lab.onUndercloud(
      `. ~/control-planerc; id=$(openstack server list --all-projects --name ^${name}$ -f value -c ID); ` +
        'openstack project show -f value -c name $(openstack server show $id -f value -c project_id)',
    )
  ).trim();
}

/** Takes a host out of all its aggregates in Placement, though not in Nova: there a failed request of nova-api leaves it. */
async function forgetAggregates(host: string): Promise<void> {
  await lab.onUndercloud(
    [
      '. ~/control-planerc; python3 - <<END',
      'import openstack, os',
      'auth = {name: os.environ["OS_" + name.upper()] for name in',
      '    ("username", "password", "project_name", "user_domain_name", "project_domain_name")}',
      'auth["auth_url"] = os.environ["OS_AUTH_URL"] + "/v3"',
      'placement = openstack.connect(load_yaml_config=False, load_envvars=False, auth=auth).placement',
      `[provider] = placement.resource_providers(name="${host}")`,
      'url = f"/resource_providers/{provider.id}/aggregates"',
      'known = placement.get(url, microversion="1.19").json()',
      'answer = placement.put(url, json={**known, "aggregates": []}, microversion="1.19")',
      'assert known["aggregates"] and answer.status_code == 200, answer.text',
      'END',
    ].join('\n'),
  );
}

async function removeAll(): Promise<void> {
  const ids = (await serversOf(lab)).map(({ ID }) => ID);
  if (ids.length > 0) {
    await lab.onUndercloud(`. ~/control-planerc; openstack server delete --wait ${ids.join(' ')}`);
  }
}

describe('servers at sites', () => {
  afterAll(() => lab.cleanUp(), minutes(3));

  it(
    'have a lab',
    async () => {
      lab.write(small);
      await lab.adoptEnvironment();
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, ['guest', 'plain-256', 'packed-128'], ['central', 'dcn0', 'dcn1']);
    },
    minutes(30),
  );

  describe('when it is up', () => {
    // A failed test may leave a cut link or a server that holds its image: both would fail all later tests.
    afterEach(async () => {
      await lab.dcn('sandbox', 'wan', 'dcn1', 'restore');
      await removeAll();
    }, minutes(4));

    it(
      'leaves no server when a verify is interrupted',
      async () => {
        const verify = lab.run('./dcn', ['--lab', lab.file, 'verify', 'guest'], '', (child) => {
          void until('a server', 120, async () => (await serversOf(lab)).length > 0).then(() =>
            child.kill('SIGINT'),
          );
        });
        const { code, stdout } = await verify;
        expect(code).toBe(130);
        expect(stdout).toMatch(/guest .* interrupted/);
        expect(await serversOf(lab)).toEqual([]);
      },
      minutes(4),
    );

    it(
      'boots a server as a clone while the WAN to the site has 1 Mbit/s',
      async () => {
        await lab.dcn('sandbox', 'wan', 'dcn0', '1mbit');
        const { stdout } = await lab
          .dcn('boot', 'slow', '--at', 'dcn0')
          .finally(() => lab.dcn('sandbox', 'wan', 'dcn0', '200mbit'));
        const [line] = serverLines(stdout) as [ServerLine];
        expect(line).toMatchObject({ image: 'guest', disk: 'clone' });
        expect(Math.max(...line.wan)).toBeLessThan(2 * 2 ** 20);
      },
      minutes(4),
    );

    it(
      'leaves the servers of a cut-off site running, and refuses new ones there until the site is back',
      async () => {
        const { stdout } = await lab.dcn('boot', 'on-a-volume', '--at', 'dcn1', '--volume');
        expect(serverLines(stdout)).toMatchObject([
          { disk: 'clone', source: expect.stringMatching(/^images\/\S+@snap$/) as string },
        ]);
        const [server] = await serversOf(lab);
        const address = /192\.168\.253\.\d+/.exec(JSON.stringify(server))?.[0] as string;
        const host = (...command: string[]): Promise<string> =>
          inNamespace(hostNamespace(lab.name, 'oc0-ceph-5'), command);
        const [bridge] = /\bbrq\S+/.exec(await host('ip', '-br', 'link', 'show', 'type', 'bridge')) as [
          string,
        ];
        await host('ip', 'address', 'add', '192.168.253.254/24', 'dev', bridge);
        // A server that answers ARP runs; not every machine has `ping`.
        const answers = async (): Promise<void> => {
          await host('ip', 'neighbour', 'flush', 'dev', bridge);
          await until('the server answers', 30, async () => {
            await host('bash', '-c', `echo >/dev/udp/${address}/9`);
            return (await host('ip', 'neighbour', 'show', address)).includes('lladdr');
          });
        };
        await answers();
        await lab.dcn('sandbox', 'wan', 'dcn1', 'cut');
        const isUp = async (): Promise<boolean> => {
          const list = 'openstack compute service list --service nova-compute -f value -c Zone -c State';
          return /^dcn1 up$/m.test(await lab.onUndercloud(`. ~/control-planerc; ${list}`));
        };
        await until('the site is down for Nova', 120, async () => !(await isUp()));
        const boot = ['--lab', lab.file, 'boot', 'late', '--at', 'dcn1'];
        expect((await lab.run('./dcn', boot)).stderr).toContain('no nova-compute of its zone is up');
        await answers();
        await lab.dcn('boot', 'elsewhere', '--at', 'dcn0');
        await lab.dcn('sandbox', 'wan', 'dcn1', 'restore');
        await answers();
        await host('ip', 'address', 'delete', '192.168.253.254/24', 'dev', bridge);
        await until('the site is back', 60, isUp);
        await lab.ok('./dcn', boot);
      },
      minutes(20),
    );

    it(
      'says that Placement lacks a host of the zone, and boots there after the command that it names',
      async () => {
        await forgetAggregates('oc0-ceph-4.localdomain');
        const boot = ['--lab', lab.file, 'boot', 'unplaced', '--at', 'dcn0'];
        const refused = await lab.run('./dcn', boot);
        expect(refused.code).toBe(1);
        expect(refused.stderr).toContain(
          'oc0-ceph-4.localdomain: is in its zone for Nova, but not for Placement; run `nova-manage placement sync_aggregates`',
        );
        await lab.onNode('oc0-controller-0', 'sudo nova-manage placement sync_aggregates');
        await lab.ok('./dcn', boot);
      },
      minutes(4),
    );

    it(
      'boots a tenant’s server from an image that other sites have: Nova has Glance copy it there first',
      async () => {
        await lab.dcn('images', 'remove', 'packed-128', '--from', 'dcn0');
        const { stdout, stderr } = await lab.dcn('boot', 'copied', '--at', 'dcn0', '--image', 'packed-128');
        expect(stderr).toContain('the whole image will cross the WAN');
        const [line] = serverLines(stdout) as [ServerLine];
        expect(line.disk).toBe('clone, image copied first');
        expect(line.wan[0]).toBeGreaterThan(24 * 2 ** 20);
        expect((await imageNamed(lab, 'packed-128')).stores).toEqual(['central', 'dcn0', 'dcn1']);
        expect(await projectOf('copied')).toBe('glance-dcn');
      },
      minutes(8),
    );

    it(
      'boots a tenant’s server from a volume whose image is elsewhere: Cinder downloads the image',
      async () => {
        await lab.dcn('images', 'remove', 'packed-128', '--from', 'dcn0');
        const words = ['--at', 'dcn0', '--image', 'packed-128', '--volume'];
        const { stdout, stderr } = await lab.dcn('boot', 'downloaded', ...words);
        expect(stderr).toContain('Cinder downloads it');
        const [line] = serverLines(stdout) as [ServerLine];
        expect(line.disk).toBe('full copy in Ceph');
        expect(line.wan[0]).toBeGreaterThan(24 * 2 ** 20);
        expect((await imageNamed(lab, 'packed-128')).stores).toEqual(['central', 'dcn1']);
        await removeNamedServer(stdout);
        await lab.dcn('images', 'copy', 'packed-128', '--to', 'dcn0');
      },
      minutes(8),
    );

    it(
      'boots a server without a zone in the default zone',
      async () => {
        expect(await statusWithoutCheck('anywhere', 'guest')).toMatch(/^dcn0 .*ACTIVE/);
      },
      minutes(4),
    );
  });

  describe('where no tenant’s server has an image copied', () => {
    afterEach(removeAll, minutes(4));

    it(
      'are refused before Nova gives up, as Nova does, but for those of an administrator',
      async () => {
        lab.write((text) => `${small(text)}\n  glance-dcn:copyOnDemand: none\n`);
        await lab.dcn('up');
        await lab.dcn('images', 'remove', 'packed-128', '--from', 'dcn0');
        const words = ['boot', 'refused', '--at', 'dcn0', '--image', 'packed-128'];
        const refused = await lab.run('./dcn', ['--lab', lab.file, ...words]);
        expect(refused.code).toBe(1);
        expect(refused.stderr).toMatch(
          /Glance copies no public image there for a tenant \(policy copy_image: role:admin; .*images copy packed-128 --to dcn0/,
        );
        expect(await statusWithoutCheck('given-up', 'packed-128', 'dcn0')).toMatch(/ERROR/);
        const { stdout } = await lab.dcn(...words, '--as-admin');
        expect(serverLines(stdout)).toMatchObject([{ disk: 'clone, image copied first' }]);
        await removeNamedServer(stdout);
        expect((await serversOf(lab)).map(({ Name }) => Name)).toEqual(['given-up']);
      },
      minutes(25),
    );
  });

  it(
    'are gone without a trace after destroy, as is the whole lab',
    async () => {
      await lab.dcn('destroy', '--yes');
      expect(machine.leftSince(lab.name)).toEqual([]);
    },
    minutes(10),
  );
});
