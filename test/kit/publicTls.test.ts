import * as fs from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import execa from 'execa';
import { parse, stringify } from 'yaml';
import { type Certificate, makeCertificate, makeChain } from '../certificates';
import { customize } from './imageSource';
import { type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

const read = (file: string) => fs.readFileSync(file, 'utf8');

/** Checks the undercloud for a control plane with TLS; `more` are parts of `publicTls`. */
function check(here: TestUndercloud, publicTls: object) {
  here.behave('case $all in "network list"*|"subnet list"*) echo "[]" ;; esac');
  return here.kit(
    ['site', 'check'],
    stringify({ site: 'control-plane', stack: 'control-plane', subnets: [], publicTls }),
  );
}

async function good(here: TestUndercloud, days?: number) {
  const { chain, ca, server, between } = await makeChain(here.home, 'IP:127.0.0.1,DNS:localhost', days);
  return {
    server,
    between,
    document: { certificate: read(chain), ca: read(ca), key: server.key, address: '127.0.0.1' },
  };
}

test(
  'a certificate, its key and its CA are tried before the control plane is made',
  within(async (here) => {
    const { document } = await good(here, 365);
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
    const { document } = await good(here, 29);
    expect(await check(here, document)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^glance-dcn:tls\.public\.certificate: expires in 28 days: name a new one/,
      ),
    });
  }),
);

type Change = (here: TestUndercloud, made: Awaited<ReturnType<typeof good>>) => Promise<object> | object;
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
    const made = await good(here, 365);
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
    const { server, between } = await good(here);
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

/** Starts a proxy of a server that closes the first `drops` connections once the client has spoken; gives the port of the proxy. */
async function flaky(servers: net.Server[], behind: number, drops: number): Promise<number> {
  let left = drops;
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    if (left > 0) {
      left -= 1;
      socket.once('data', () => socket.destroy());
      return;
    }
    const further = net.connect(behind, '127.0.0.1').on('error', () => undefined);
    further.on('close', () => socket.destroy());
    socket.on('close', () => further.destroy());
    socket.pipe(further).pipe(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

/**
 * A control plane whose rc file leads to an https Keystone, and whose other end point has another certificate. Each end point closes
 * its first `drops` connections.
 */
async function controlPlane(here: TestUndercloud, keystone: Certificate, glance: Certificate, drops = 0) {
  const servers: net.Server[] = [];
  const start = async ({ certificate, key }: Certificate, answer: https.ServerOptions | object) => {
    const server = https.createServer({ cert: read(certificate), key: read(key) }, (_, response) =>
      response.writeHead(201, { 'X-Subject-Token': 'x' }).end(JSON.stringify(answer)),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${await flaky(servers, (server.address() as net.AddressInfo).port, drops)}`;
  };
  const images = await start(glance, { images: [], stores: [] });
  const endpoint = (type: string, url: string) => ({
    type,
    endpoints: [{ interface: 'public', region: 'r', url }],
  });
  const url = await start(keystone, {
    token: { catalog: [endpoint('image', images), endpoint('volume', images)] },
  });
  here.write(
    'control-planerc',
    `export OS_AUTH_URL=${url}\nexport OS_USERNAME=admin\nexport OS_PASSWORD=secret-1\n`,
  );
  return {
    hosts: [url, images].map((one) => one.replace('https://', '')),
    close: () => servers.forEach((server) => void server.close()),
  };
}

/** Puts the document of a deployment with the lab's own CA on record. */
function deployedWith(here: TestUndercloud, ca: string): void {
  const files = { 'control-plane/public-certificate.pem': '', 'control-plane/public-ca.pem': ca };
  here.write('dcn/dev/jobs/control-plane/overcloud-stack/doc.yaml', stringify({ commands: [], files }));
  here.write('dcn/dev/control-plane/public-ca.pem', ca);
}

test(
  'status has the end points’ certificates until when clients accept them, or why not',
  within(async (here) => {
    const { document, server, between } = await good(here, 40);
    const wrong = await makeCertificate(here.home, 'wrong', { by: between, names: 'IP:192.0.2.1' });
    deployedWith(here, document.ca);
    // Servers send the certificates between theirs and the CA.
    fs.writeFileSync(server.certificate, document.certificate);
    fs.appendFileSync(wrong.certificate, read(between.certificate));
    const { hosts, close } = await controlPlane(here, server, wrong);
    try {
      const { certificates } = JSON.parse((await here.kit(['status', '--json'])).stdout) as {
        certificates: { endpoint: string; notAfter: string }[];
      };
      expect(certificates.sort((a, b) => hosts.indexOf(a.endpoint) - hosts.indexOf(b.endpoint))).toEqual([
        {
          endpoint: hosts[0],
          services: ['identity'],
          days: 39,
          fault: null,
          notAfter: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        },
        {
          endpoint: hosts[1],
          services: ['image', 'volume'],
          days: null,
          fault: expect.stringMatching(/^is not for 127\.0\.0\.1 \(.*CERTIFICATE_VERIFY_FAILED/),
          notAfter: null,
        },
      ]);
      const { stdout } = await here.kit(['status']);
      expect(stdout).toContain(
        `certificate of ${hosts[0]}: until ${certificates[0]!.notAfter.slice(0, 10)} (39 days)\n`,
      );
      expect(stdout).toContain(`certificate of ${hosts[1]}: is not for 127.0.0.1 (`);
    } finally {
      close();
    }
  }),
);

test(
  'a lab without TLS has no certificates in its status',
  within(async (here) => {
    here.write(
      'control-planerc',
      'export OS_AUTH_URL=http://127.0.0.1:1\nexport OS_USERNAME=a\nexport OS_PASSWORD=b\n',
    );
    expect(JSON.parse((await here.kit(['status', '--json'])).stdout)).toMatchObject({ certificates: [] });
  }),
);

test.each<[string, (here: TestUndercloud, between: Certificate) => Promise<Certificate>, RegExp]>([
  [
    'expired',
    (here, by) => makeCertificate(here.home, 'old', { by, names: 'IP:127.0.0.1', days: -1 }),
    /: the certificate of 127\.0\.0\.1:\d+ has expired.*; name a certificate for it as glance-dcn:tls\.public\.certificate/,
  ],
  [
    'for another address',
    (here, by) => makeCertificate(here.home, 'wrong', { by, names: 'IP:192.0.2.1' }),
    /: the certificate of 127\.0\.0\.1:\d+ is not for 127\.0\.0\.1: .*; name a certificate for it/,
  ],
  [
    'of another CA',
    (here) => makeCertificate(here.home, 'stranger', { names: 'IP:127.0.0.1' }),
    /: the certificate of \S+ is not signed by a CA that the undercloud trusts there: .*; write the file of the CA that signed it as glance-dcn:tls\.public\.ca/,
  ],
])('a verb names an end point whose certificate is %s, the reason and the remedy', (_, make, message) =>
  within(async (here) => {
    const { document, between } = await good(here);
    const served = await make(here, between);
    fs.appendFileSync(served.certificate, read(between.certificate));
    deployedWith(here, document.ca);
    const { close } = await controlPlane(here, served, served);
    try {
      const { code, stderr } = await here.kit(['images', 'list']);
      expect(stderr).toMatch(message);
      expect(code).toBe(1);
    } finally {
      close();
    }
  })(),
);

test(
  'requests are repeated while end points close connections, as haproxy does while it restarts',
  within(async (here) => {
    const { document, server } = await good(here);
    fs.writeFileSync(server.certificate, document.certificate);
    deployedWith(here, document.ca);
    const { close } = await controlPlane(here, server, server, 2);
    try {
      expect(await here.kit(['images', 'list'])).toMatchObject({ code: 0, stderr: '' });
    } finally {
      close();
    }
  }),
);

test(
  'status says of an end point without TLS, and of a CA’s file that is gone, what they are',
  within(async (here) => {
    const plain = http.createServer((_, response) => response.end());
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(plain.address() as net.AddressInfo).port}`;
    const status = async (more: string) => {
      here.write(
        'control-planerc',
        `export OS_AUTH_URL=https://${host}\nexport OS_USERNAME=a\nexport OS_PASSWORD=b\n${more}`,
      );
      return (await here.kit(['status'])).stdout;
    };
    try {
      expect(await status('')).toContain(`certificate of ${host}: no answer: [SSL: WRONG_VERSION_NUMBER]`);
      expect(await status('export OS_CACERT=/none/ca.pem\n')).toContain(
        `certificate of ${host}: is not known: OS_CACERT names /none/ca.pem, which is no file with a CA: No such file`,
      );
    } finally {
      plain.close();
    }
  }),
);

test.each<[string, (other: string) => Record<string, string>]>([
  ['leaves the lab file', () => ({})],
  ['becomes another one', (other) => ({ 'control-plane/public-ca.pem': read(other) })],
  ['of the system becomes one of the lab', (other) => ({ 'control-plane/public-ca.pem': read(other) })],
])('where the CA %s, the kit trusts the former one until the control plane is configured', (title, files) =>
  within(async (here) => {
    const { document, server } = await good(here);
    const isOfSystem = title.includes('system');
    if (isOfSystem) {
      here.write('system.pem', document.ca);
      customize(here, ['import os', `os.environ["SSL_CERT_FILE"] = "${here.path('system.pem')}"`]);
    }
    const certificate = { 'control-plane/public-certificate.pem': document.certificate };
    const ca = isOfSystem ? {} : { 'control-plane/public-ca.pem': document.ca };
    fs.writeFileSync(server.certificate, document.certificate);
    const other = await makeCertificate(here.home, 'other', { isCa: true });
    const { close } = await controlPlane(here, server, server);
    const run = async (step: string, fields = {}) =>
      (await here.run(here.job(`control-plane/${step}`, { commands: ['openstack x'], ...fields }))).code;
    const list = () => here.kit(['images', 'list']);
    try {
      await run('overcloud-stack', { files: { ...certificate, ...ca } });
      await run('overcloud-config');
      expect(await list()).toMatchObject({ code: 0 });
      await run('overcloud-stack', { files: files(other.certificate) });
      here.behave('exit 1');
      expect(await run('overcloud-config', { after: { x: '1' } })).toBe(1);
      expect(await list()).toMatchObject({ code: 0, stderr: '' });
      here.behave('');
      expect(await run('overcloud-config', { after: { x: '1' } })).toBe(0);
      expect((await list()).stderr).toContain('is not signed by a CA that the undercloud trusts there');
    } finally {
      close();
    }
  })(),
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

test(
  'the remedy of a lab whose file names no CA is to name one',
  within(async (here) => {
    const { server } = await good(here);
    const files = { 'control-plane/public-certificate.pem': read(server.certificate) };
    here.write('dcn/dev/jobs/control-plane/overcloud-stack/doc.yaml', stringify({ commands: [], files }));
    const { close } = await controlPlane(here, server, server);
    try {
      expect((await here.kit(['images', 'list'])).stderr).toMatch(
        /; write the file of the CA .*tls\.public\.ca/,
      );
    } finally {
      close();
    }
  }),
);
