import * as fs from 'node:fs';
import execa from 'execa';
import { parse, stringify } from 'yaml';
import { makeCertificate } from '../certificates';
import { goodCertificate, read } from './tlsEndpoints';
import { type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

/** Checks the undercloud for a control plane with TLS; `more` are parts of `publicTls`. */
function check(here: TestUndercloud, publicTls: object) {
  here.behave('case $all in "network list"*|"subnet list"*) echo "[]" ;; esac');
  return here.kit(
    ['site', 'check'],
    stringify({ site: 'control-plane', stack: 'control-plane', subnets: [], publicTls }),
  );
}

test(
  'a certificate, its key and its CA are tried before the control plane is made',
  within(async (here) => {
    const { document } = await goodCertificate(here, 365);
    expect(await check(here, document)).toMatchObject({
      code: 0,
      stdout: '{"site": "control-plane"}\n',
      stderr: '',
    });
    expect((await check(here, { ...document, name: 'localhost' })).code).toBe(0);
  }),
);

test(
  'a certificate that expires soon is said to',
  within(async (here) => {
    const { document } = await goodCertificate(here, 29);
    expect(await check(here, document)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^glance-dcn:tls\.public\.certificate: expires in 28 days: name a new one/,
      ),
    });
  }),
);

type Change = (
  here: TestUndercloud,
  made: Awaited<ReturnType<typeof goodCertificate>>,
) => Promise<object> | object;
const place = 'glance-dcn:tls\\.public';
test.each<[string, Change, RegExp]>([
  [
    'no key',
    () => ({ key: '/none/x.key' }),
    new RegExp(`^${place}\\.key: /none/x\\.key: No such file.*put the private key`),
  ],
  [
    'a key that others can read',
    (_, { server }) => fs.chmodSync(server.key, 0o644) ?? {},
    /others can read this private key: chmod 600 \S+server\.key\n$/,
  ],
  [
    'the key of another certificate',
    (_, { between }) => ({ key: between.key }),
    /is not the key of the certificate/,
  ],
  [
    'a file without a key',
    (_, { server }) => {
      fs.chmodSync(server.certificate, 0o600);
      return { key: server.certificate };
    },
    /is not a private key in PEM form/,
  ],
  [
    'a file with several keys',
    (_, { server, between }) => fs.appendFileSync(server.key, read(between.key)) ?? {},
    /has 2 private keys in PEM form: put the one of the certificate there/,
  ],
  [
    'a short key',
    async (here) => {
      const [key, certificate] = [here.path('short.key'), here.path('short.pem')];
      await execa('openssl', [
        ...['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=short'],
        ...['-keyout', key, '-out', certificate],
      ]);
      fs.chmodSync(key, 0o600);
      return { certificate: read(certificate), key };
    },
    /this key and its certificate are too short for today's clients/,
  ],
  [
    'a key with a passphrase',
    async (here, { server }) => {
      const key = here.path('locked.key');
      await execa('openssl', [
        'pkey',
        '-in',
        server.key,
        '-aes256',
        '-passout',
        'pass:hush-hush',
        '-out',
        key,
      ]);
      fs.chmodSync(key, 0o600);
      return { key };
    },
    /has a passphrase, which nobody can type there/,
  ],
  [
    'an expired certificate',
    async (here, { between }) => {
      const { certificate, key } = await makeCertificate(here.home, 'old', {
        by: between,
        names: 'IP:127.0.0.1',
        days: -1,
      });
      return { certificate: read(certificate) + read(between.certificate), key };
    },
    new RegExp(`^${place}\\.certificate: the certificate has expired.*name another one`),
  ],
  [
    'a certificate for another address',
    () => ({ address: '127.0.0.2' }),
    /the certificate is not for 127\.0\.0\.2/,
  ],
  [
    'a CA that is not the system’s',
    () => ({ ca: undefined }),
    /is not signed by a CA that the undercloud trusts there.*or its root as ca/,
  ],
  [
    'a name that leads elsewhere',
    () => ({ name: 'localhost', address: '192.0.2.5' }),
    new RegExp(
      `^${place}\\.name: localhost: leads to .*127\\.0\\.0\\.1.* not to the virtual address 192\\.0\\.2\\.5: correct the DNS`,
    ),
  ],
])('refused before anything is made: %s', (_, change, message) =>
  within(async (here) => {
    const made = await goodCertificate(here, 365);
    const changed = { ...made.document, ...(await change(here, made)) };
    const { code, stderr } = await check(here, JSON.parse(JSON.stringify(changed)) as object);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stderr).not.toContain('hush-hush');
  })(),
);

test(
  'the key becomes an environment file that its user alone can read, if it is that of the certificate',
  within(async (here) => {
    const { server, between } = await goodCertificate(here);
    const words = (key: string) => [
      ...['tls', 'key', '--certificate', server.certificate, '--key', key],
      ...['--output', here.path('tls-key.yaml')],
    ];
    expect(await here.kit(words(between.key))).toMatchObject({ code: 2 });
    expect(here.exists('tls-key.yaml')).toBe(false);
    const alone = read(server.key);
    fs.writeFileSync(server.key, `Schlüssel\n${alone}${read(server.certificate)}`);
    expect(await here.kit(words(server.key))).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(parse(here.read('tls-key.yaml'))).toEqual({ parameter_defaults: { SSLKey: alone } });
    expect(fs.statSync(here.path('tls-key.yaml')).mode & 0o777).toBe(0o600);
  }),
);

test(
  'a private key that the lab file no longer names is removed, and results of other jobs stay',
  within(async (here) => {
    const key = 'control-plane/tls-key.yaml';
    const shared = 'control-plane/other.yaml';
    const commands = [key, shared].map((file) => `touch ${here.lab()}/${file}`);
    const stack = (fields: object) => here.run(here.job('control-plane/overcloud-stack', fields));
    await stack({ commands, results: [key, shared] });
    await here.run(here.job('control-plane/other', { commands, results: [shared] }));
    expect(here.exists(`dcn/dev/${key}`)).toBe(true);
    expect((await stack({ commands: ['openstack x'] })).code).toBe(0);
    expect(here.exists(`dcn/dev/${key}`)).toBe(false);
    expect(here.exists(`dcn/dev/${shared}`)).toBe(true);
  }),
);
