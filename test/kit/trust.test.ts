import * as fs from 'node:fs';
import * as http from 'node:http';
import type * as net from 'node:net';
import { stringify } from 'yaml';
import { type Certificate, makeCertificate } from '../certificates';
import { customize } from './imageSource';
import { controlPlane, deployedWith, goodCertificate, read } from './tlsEndpoints';
import { type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

test(
  'status has the end points’ certificates until when clients accept them, or why not',
  within(async (here) => {
    const { document, server, between } = await goodCertificate(here, 40);
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
    /: the certificate of 127\.0\.0\.1:\d+ has expired.*; name a new one as glance-dcn:tls\.public\.certificate/,
  ],
  [
    'for another address',
    (here, by) => makeCertificate(here.home, 'wrong', { by, names: 'IP:192.0.2.1' }),
    /: the certificate of 127\.0\.0\.1:\d+ is not for 127\.0\.0\.1: .*; name a new one as/,
  ],
  [
    'of another CA',
    (here) => makeCertificate(here.home, 'stranger', { names: 'IP:127.0.0.1' }),
    /: the certificate of \S+ is not signed by a CA that the undercloud trusts there: .*; write the file of the CA that signed it as glance-dcn:tls\.public\.ca/,
  ],
])('a verb names an end point whose certificate is %s, the reason and the remedy', (_, make, message) =>
  within(async (here) => {
    const { document, between } = await goodCertificate(here);
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
    const { document, server } = await goodCertificate(here);
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
    const { document, server } = await goodCertificate(here);
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
  'the remedy of a lab whose file names no CA is to name one',
  within(async (here) => {
    const { server } = await goodCertificate(here);
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
