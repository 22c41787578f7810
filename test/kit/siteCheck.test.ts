import { stringify } from 'yaml';
import { type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

const ctlplane = {
  network: 'ctlplane',
  name: 'ctlplane-dcn0',
  cidr: '10.0.16.0/24',
  gateway: '10.0.16.1',
};
const storage = { network: 'storage', name: 'storage_dcn0', cidr: '10.8.16.0/24' };
const inRack = { network: 'storage', name: 'storage_dcn0_r1', cidr: '10.8.3.0/24', rack: 'r1' };

/** A subnet as `openstack subnet list --long` gives it. */
const subnet = (network: string, name: string, cidr: string, gateway: string | null = null) => ({
  Name: name,
  Network: `id-of-${network}`,
  Subnet: cidr,
  Gateway: gateway,
});
const own = subnet('ctlplane', 'ctlplane-dcn0', '10.0.16.0/24', '10.0.16.1');

function neutron(here: TestUndercloud, subnets: object[], networks = ['ctlplane', 'storage']): void {
  here.write('subnets.json', JSON.stringify(subnets));
  here.write('networks.json', JSON.stringify(networks.map((name) => ({ ID: `id-of-${name}`, Name: name }))));
  here.behave(
    'case $all in "network list"*) cat ~/networks.json ;; "subnet list"*) cat ~/subnets.json ;; esac',
  );
}

const check = (here: TestUndercloud, more: object = {}) =>
  here.kit(
    ['site', 'check'],
    stringify({ site: 'dcn0', stack: 'leaf-1', subnets: [ctlplane, storage, inRack], ...more }),
  );

test(
  'an undercloud with the ctlplane subnet, before the site and with what the site has made',
  within(async (here) => {
    neutron(here, [own], ['ctlplane']);
    expect(await check(here)).toMatchObject({ code: 0, stdout: '{"site": "dcn0"}\n' });
    neutron(here, [own, subnet('storage', 'storage_dcn0', '10.8.16.0/24', '10.8.16.1')]);
    expect(await check(here)).toMatchObject({ code: 0 });
    // Of another site, of another network with the same addresses.
    neutron(here, [
      own,
      subnet('storage', 'storage_dcn1', '10.8.17.0/24'),
      subnet('other', 'x', '10.8.16.0/24'),
    ]);
    expect(await check(here)).toMatchObject({ code: 0 });
  }),
);

test.each([
  [
    'no ctlplane subnet of this name',
    [subnet('ctlplane', 'leaf1', '10.0.16.0/24', '10.0.16.1')],
    "glance-dcn:sites.dcn0.networks.ctlplane.subnet: ctlplane-dcn0: the undercloud's Neutron has no ctlplane subnet of this " +
      "name (it has leaf1 (10.0.16.0/24)): write the name of the site's section in undercloud.conf here, or write a " +
      'section [ctlplane-dcn0] there with cidr = 10.0.16.0/24 and gateway = 10.0.16.1, and run `openstack undercloud install`\n',
  ],
  [
    'another CIDR and gateway of it',
    [subnet('ctlplane', 'ctlplane-dcn0', '10.0.20.0/24', '10.0.20.254')],
    /networks\.ctlplane\.cidr: 10\.0\.16\.0\/24: .* has 10\.0\.20\.0\/24: write 10\.0\.20\.0\/24 here, or cidr = .*\n.*networks\.ctlplane\.gateway: 10\.0\.16\.1: .* has 10\.0\.20\.254: write/,
  ],
  [
    'a subnet with some of the addresses in a network of another name',
    [own, subnet('storage_east', 'storage_leaf', '10.8.16.128/25')],
    /networks\.storage\.cidr: 10\.8\.16\.0\/24: overlaps subnet storage_leaf \(10\.8\.16\.128\/25\), which network storage_east/,
    'storage_east',
  ],
  [
    'no gateway in it',
    [subnet('ctlplane', 'ctlplane-dcn0', '10.0.16.0/24')],
    /networks\.ctlplane\.gateway: 10\.0\.16\.1: subnet ctlplane-dcn0 of the undercloud's Neutron has none/,
  ],
  [
    'a subnet of the name with other addresses',
    [own, subnet('storage', 'storage_dcn0', '172.16.1.0/24')],
    /networks\.storage\.cidr: 10\.8\.16\.0\/24: the undercloud's Neutron has a subnet storage_dcn0 with 172\.16\.1\.0\/24 already.*write another name at glance-dcn:sites\.dcn0\.networks\.storage\.subnet/,
  ],
  [
    'a subnet with some of the addresses',
    [own, subnet('storage', 'storage_leaf', '10.8.16.128/25')],
    /networks\.storage\.cidr: 10\.8\.16\.0\/24: overlaps subnet storage_leaf \(10\.8\.16\.128\/25\), which network storage/,
  ],
  [
    'a subnet with the name of a rack’s',
    [own, subnet('storage', 'storage_dcn0_r1', '172.16.1.0/24')],
    /glance-dcn:sites\.dcn0\.racks\.r1\.networks\.storage\.cidr: 10\.8\.3\.0\/24: .* write another name at glance-dcn:sites\.dcn0\.racks\.r1\.networks\.storage\.subnet/,
  ],
])('refuses an undercloud with %s', (_, subnets, message, networkName = 'storage') =>
  within(async (here) => {
    neutron(here, subnets, ['ctlplane', networkName]);
    const refused = await check(here, {
      subnets: [ctlplane, { ...storage, networkName }, { ...inRack, networkName }],
    });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toEqual(
      typeof message === 'string' ? message : (expect.stringMatching(message) as string),
    );
  })(),
);

test(
  'refuses two networks of one name, an overcloud that the lab has not deployed, and a Neutron without an answer',
  within(async (here) => {
    neutron(here, [own], ['ctlplane', 'storage', 'storage']);
    here.write(
      'overcloud-deploy/leaf-1/leaf-1-deployment_status.yaml',
      'deployment_status: DEPLOY_SUCCESS\n',
    );
    const refused = await check(here);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /^glance-dcn:networks\.storage: storage: the undercloud's Neutron has 2 networks of this name/m,
    );
    expect(refused.stderr).toMatch(
      /^glance-dcn:sites\.dcn0\.stack: leaf-1: the undercloud has an overcloud of this name/m,
    );
    here.behave('echo "No route to Neutron" >&2; exit 1');
    expect(await check(here)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        '`openstack subnet list --long --format json`: No route to Neutron',
      ) as string,
    });
  }),
);

test(
  'refuses environment files that the undercloud does not have, by their places in the lab file',
  within(async (here) => {
    neutron(here, [own]);
    here.write('there.yaml', 'parameter_defaults: {}\n');
    const there = here.path('there.yaml');
    expect(await check(here, { environments: [there] })).toMatchObject({ code: 0 });
    expect(await check(here, { environments: [there, '/mine/gone.yaml', here.home] })).toMatchObject({
      code: 2,
      stderr:
        'glance-dcn:sites.dcn0.environments[1]: /mine/gone.yaml: is not a file on the undercloud that its user can read: ' +
        'put the file there, or take the path out\n' +
        `glance-dcn:sites.dcn0.environments[2]: ${here.home}: is not a file on the undercloud that its user can read: ` +
        'put the file there, or take the path out\n',
    });
  }),
);

test(
  'takes the overcloud of the site itself, until the site is gone',
  within(async (here) => {
    const job = here.job('dcn0/overcloud-stack', {
      commands: ['openstack overcloud deploy --stack leaf-1'],
      teardown: ['true'],
    });
    expect((await here.run(job)).code).toBe(0);
    neutron(here, [own], ['ctlplane']);
    expect(await check(here)).toMatchObject({ code: 0 });
    expect((await here.kit(['job', 'undo'], job)).code).toBe(0);
    expect((await check(here)).stderr).toContain('which this lab has not deployed');
  }),
);

test(
  'refuses a document with other keys and values',
  within(async (here) => {
    const { code, stderr } = await check(here, { subnets: [{ ...storage, cidr: 'x' }], more: 'x' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/subnet: cidr: 'x' does not match/);
    expect(stderr).toMatch(/more: is not a key of this document/);
  }),
);
