import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parse } from 'yaml';
import { parseLab, planFiles, planLab, planSite, stepRevision } from '../../model';
import { makeCertificate, makeChain } from '../certificates';
import { faultsOf, labText, smallControlPlane } from './labs';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-tls-'));
const address = '10.20.0.5';
const read = (file: string) => fs.readFileSync(path.join(directory, file), 'utf8');
const write = (file: string, ...texts: string[]) =>
  fs.writeFileSync(path.join(directory, file), texts.join(''));

beforeAll(async () => {
  await makeChain(directory, `IP:${address},DNS:*.example.com`);
  await makeCertificate(directory, 'other', { isCa: true });
  await makeCertificate(directory, 'self', { names: `IP:${address}` });
  await makeCertificate(directory, 'nameless');
  write('swapped.pem', read('between.pem'), read('server.pem'));
  write('bundle.pem', read('other.pem'), read('root.pem'));
  write('withKey.pem', read('chain.pem'), read('server.key'));
  write('text.pem', 'no certificate\n');
  write('damaged.pem', read('server.pem').replace(/\n.{10}/, '\nAAAAAAAAAA'));
  write('cut.pem', read('server.pem'), read('between.pem').replace('-----END CERTIFICATE-----', '-----END'));
  write('trusted.pem', read('root.pem').replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE'));
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

const withTls = (keys: string, sites = '') =>
  `${labText({ controlPlane: smallControlPlane.replace('{', `{ ${sites}`) })}  glance-dcn:tls: { public: { ${keys} } }\n`;
const key = 'key: /home/stack/cloud.key';
const good = `certificate: chain.pem, ${key}, ca: root.pem`;
const planOf = (text: string) => planLab(parseLab('dev', text, read));
const filesOf = (text: string, site = 'control-plane') => planFiles(planOf(text))[site]!;

test.each([
  ['an address, a CA below a root', good],
  ['a name, by a wildcard', `${good}, name: cloud.example.com`],
  ['a CA that the hosts trust', `certificate: chain.pem, ${key}`],
  ['a certificate that signs itself', `certificate: self.pem, ${key}, ca: self.pem`],
  ['a bundle of roots', `certificate: chain.pem, ${key}, ca: bundle.pem`],
])('valid: %s', (_, keys) => {
  expect(faultsOf(withTls(keys), 'dev', read)).toEqual([]);
});

const at = 'glance-dcn:tls.public';
test.each<[fault: string, keys: string, path: string, message: RegExp, remedy: RegExp]>([
  [
    'no file of the certificate',
    `certificate: none.pem, ${key}`,
    `${at}.certificate`,
    /cannot be read: ENOENT/,
    /Put the file/,
  ],
  [
    'no certificate in the file',
    `certificate: text.pem, ${key}`,
    `${at}.certificate`,
    /no certificate in PEM/,
    /BEGIN CERT/,
  ],
  [
    'a damaged certificate',
    `certificate: damaged.pem, ${key}`,
    `${at}.certificate`,
    /cannot be read/,
    /BEGIN CERT/,
  ],
  [
    'a certificate behind it without its end',
    `certificate: cut.pem, ${key}`,
    `${at}.certificate`,
    /cannot be read/,
    /openssl x509 -in/,
  ],
  [
    'a CA in a form that Python does not read',
    `certificate: chain.pem, ${key}, ca: trusted.pem`,
    `${at}.ca`,
    /no certificate in PEM/,
    /openssl x509 -in/,
  ],
  [
    'the key beside the certificate',
    `certificate: withKey.pem, ${key}`,
    `${at}.certificate`,
    /has a private key/,
    /put it on the undercloud/,
  ],
  [
    'another address',
    `certificate: nameless.pem, ${key}`,
    `${at}.certificate`,
    /is for no name, not for 10\.20\.0\.5, the public virtual address/,
    /IP:10\.20\.0\.5 in its subjectAltName/,
  ],
  [
    'another name',
    `${good}, name: cloud.example.org`,
    `${at}.certificate`,
    /is for IP Address:10\.20\.0\.5, DNS:\*\.example\.com, not for cloud\.example\.org/,
    /DNS:cloud\.example\.org/,
  ],
  [
    'the CA before the certificate',
    `certificate: swapped.pem, ${key}, ca: root.pem`,
    `${at}.certificate`,
    /is for no name/,
    /Name a certificate with/,
  ],
  [
    'a CA that has not signed it',
    `certificate: chain.pem, ${key}, ca: other.pem`,
    `${at}.certificate`,
    /the chain ends at CN=root$/,
    /root that signed them into ca/,
  ],
  [
    'the certificate between it and the root left out',
    `certificate: server.pem, ${key}, ca: root.pem`,
    `${at}.certificate`,
    /the chain ends at CN=between$/,
    /behind it in the file/,
  ],
  [
    'the CA between in place of the root',
    `certificate: chain.pem, ${key}, ca: between.pem`,
    `${at}.certificate`,
    /the chain ends at CN=root$/,
    /into ca/,
  ],
  [
    'no file of the CA',
    `certificate: chain.pem, ${key}, ca: none.pem`,
    `${at}.ca`,
    /cannot be read/,
    /Put the file/,
  ],
  [
    'a key in place of the CA',
    `certificate: chain.pem, ${key}, ca: server.key`,
    `${at}.ca`,
    /private key/,
    /Take the key out/,
  ],
  [
    'a server’s certificate in place of the CA',
    `certificate: self.pem, ${key}, ca: nameless.pem`,
    `${at}.ca`,
    /has CN=nameless, which is not the certificate of a CA/,
    /file of the CA/,
  ],
  [
    'a key by a relative path',
    'certificate: chain.pem, key: cloud.key',
    `${at}.key`,
    /absolute path/,
    /on the undercloud/,
  ],
  ['no key', 'certificate: chain.pem', `${at}.key`, /missing|required/i, /./],
  ['an address as name', `${good}, name: 10.20.0.5`, `${at}.name`, /is an address/, /Write a DNS name/],
])('refused: %s', (_, keys, place, message, remedy) => {
  const faults = faultsOf(withTls(keys), 'dev', read);
  const fault = faults.find((one) => one.path === place)!;
  expect(faults.map((one) => one.path)).toContain(place);
  expect(fault.message).toMatch(message);
  expect(fault.remedy).toMatch(remedy);
});

test.each([
  ['SSLCertificate: x', 'parameters.SSLCertificate', /glance-dcn:tls: \{ public/],
  ['EnablePublicTLS: false', 'parameters.EnablePublicTLS', /http without it/],
  ['EndpointMap: {}', 'parameters.EndpointMap', /http without it/],
  ['CloudName: other.example.com', 'parameters.CloudName', /Take one of them out/],
])('refused: %s among the parameters of a site', (parameter, place, remedy) => {
  const text = withTls(`${good}, name: cloud.example.com`, `parameters: { ${parameter} },`);
  const faults = faultsOf(text, 'dev', read);
  expect(faults.map((fault) => fault.path)).toEqual([`glance-dcn:sites.control-plane.${place}`]);
  expect(faults[0]!.remedy).toMatch(remedy);
});

test.each(['tls', 'no-tls'])(
  'refused: TripleO’s own environment file %s-endpoints-public-ip.yaml',
  (name) => {
    const file = `/usr/share/openstack-tripleo-heat-templates/environments/ssl/${name}-endpoints-public-ip.yaml`;
    const faults = faultsOf(withTls(good, `environments: [${file}],`), 'dev', read);
    expect(faults.map((fault) => fault.path)).toEqual(['glance-dcn:sites.control-plane.environments[0]']);
    expect(faults[0]!.remedy).toMatch(/glance-dcn:tls/);
  },
);

test('the control plane alone gets certificate and end points; the key is a path', () => {
  const files = filesOf(withTls(good));
  const parameters = parse(files['tls.yaml']!).parameter_defaults;
  expect(parameters).toEqual({
    SSLCertificate: read('server.pem'),
    SSLIntermediateCertificate: read('between.pem'),
    HorizonSecureCookies: true,
    CAMap: { 'glance-dcn-public': { content: read('root.pem') } },
    PublicTLSCAFile: '/home/stack/dcn/dev/control-plane/public-ca.pem',
  });
  expect(files['public-ca.pem']).toBe(read('root.pem'));
  expect(files['public-certificate.pem']).toBe(read('chain.pem'));
  expect(files['commands.sh']).toContain('--key /home/stack/cloud.key');
  expect(files['commands.sh']).toContain('environments/ssl/tls-endpoints-public-ip.yaml');
  const edge = filesOf(withTls(good), 'dcn0');
  expect(edge).toEqual(filesOf(labText(), 'dcn0'));
});

test('with a name, the end points have the name at all sites', () => {
  const text = withTls(`${good}, name: cloud.example.com`);
  expect(filesOf(text)['commands.sh']).toContain('environments/ssl/tls-endpoints-public-dns.yaml');
  for (const site of ['control-plane', 'dcn0']) {
    expect(parse(filesOf(text, site)['hosts.yaml']!).parameter_defaults.CloudName).toBe('cloud.example.com');
  }
});

test('in a lab without external the public address and the name are those of ctlplane', async () => {
  await makeCertificate(directory, 'ctlplane', { names: 'IP:10.0.0.5,DNS:cloud.example.com' });
  const text = `${withTls(`certificate: ctlplane.pem, ${key}`)}  glance-dcn:networks: { external: none }\n`;
  expect(faultsOf(text, 'dev', read)).toEqual([]);
  const named = text.replace('ctlplane.pem', 'ctlplane.pem, name: cloud.example.com');
  const { CloudName, CloudNameCtlplane } = parse(filesOf(named)['hosts.yaml']!).parameter_defaults;
  expect([CloudName, CloudNameCtlplane]).toEqual([undefined, 'cloud.example.com']);
});

test('a new certificate runs only the overcloud of the control plane again', async () => {
  const before = planOf(withTls(`certificate: self.pem, ${key}`));
  await makeCertificate(directory, 'renewed', { names: `IP:${address}` });
  const after = planOf(withTls(`certificate: renewed.pem, ${key}`));
  const changed = before.sites.flatMap((site, at) =>
    site.steps
      .filter(({ name }) => stepRevision(site, name) !== stepRevision(after.sites[at]!, name))
      .map(({ name }) => `${site.name}/${name}`),
  );
  expect(changed).toEqual([
    'control-plane/overcloud-stack',
    'control-plane/overcloud-config',
    'control-plane/overcloud-export',
    'control-plane/ceph-export',
  ]);
});

test('an operator’s own CAs stay beside the CA of the end points', () => {
  const text = withTls(good, 'parameters: { CAMap: { ours: { content: x } } },');
  const { parameter_defaults: defaults } = parse(filesOf(text)['parameters.yaml']!);
  expect(Object.keys(defaults.CAMap)).toEqual(['glance-dcn-public', 'ours']);
  expect(
    planSite(parseLab('dev', text, read), 'dcn0').steps.flatMap(({ files }) => Object.keys(files)),
  ).not.toContain('dcn0/parameters.yaml');
});
