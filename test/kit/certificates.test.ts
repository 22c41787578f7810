import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import execa from 'execa';
import { stringify } from 'yaml';
import type { Audit } from '../../kit/answers';
import { type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

/** A Keystone that answers nothing, with a certificate of a CA of its own in `ca.pem`; its URL. */
async function privateKeystone(here: TestUndercloud): Promise<{ url: string; close: () => void }> {
  const [key, ca] = [here.path('key.pem'), here.path('ca.pem')];
  await execa('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', ca],
    ...['-subj', '/CN=private', '-addext', 'subjectAltName=IP:127.0.0.1'],
  ]);
  const options = { key: here.read('key.pem'), cert: here.read('ca.pem') };
  const server = https.createServer(options, (_, response) => response.writeHead(401).end('who are you'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v3`,
    close: () => void server.close(),
  };
}

test(
  'the remedy for a private CA names OS_CACERT, and where the file of the CA belongs',
  within(async (here) => {
    const keystone = await privateKeystone(here);
    const list = async (more: string): Promise<string> => {
      const rc = `export OS_AUTH_URL=${keystone.url}\nexport OS_USERNAME=admin\nexport OS_PASSWORD=x\n${more}`;
      here.write('control-planerc', rc);
      const { code, stderr } = await here.kit(['images', 'list']);
      expect(code).toBe(1);
      return stderr;
    };
    try {
      expect(await list('')).toMatch(
        /CERTIFICATE_VERIFY_FAILED.*copy its file into \/etc\/pki\/ca-trust\/source\/anchors .* update-ca-trust, or export OS_CACERT=FILE in \S+\/control-planerc/,
      );
      expect(await list(`export OS_CACERT=${here.path('ca.pem')}\n`)).toContain('HTTP 401: who are you');
      await execa('openssl', [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=other'],
        ...['-keyout', here.path('other-key.pem'), '-out', here.path('other.pem')],
      ]);
      expect(await list(`export OS_CACERT=${here.path('other.pem')}\n`)).toMatch(
        /CERTIFICATE_VERIFY_FAILED.*OS_CACERT in \S+\/control-planerc names \S+\/other\.pem: put the CA there/,
      );
      expect(await list('export OS_CACERT=/no/file\n')).toMatch(
        /OS_CACERT names \/no\/file, which is no file with a CA/,
      );
    } finally {
      keystone.close();
    }
  }),
);

test(
  'an audit finds a certificate that expires in two days, and one whose CA is not known',
  within(async (here) => {
    const keystone = await privateKeystone(here);
    here.write(
      'dcn/dev/stores/own/central.json',
      JSON.stringify({ store: 'central', site: 'control-plane' }),
    );
    const certificates = async (more: string): Promise<[string, string][]> => {
      const rc = `export OS_AUTH_URL=${keystone.url}\nexport OS_USERNAME=admin\nexport OS_PASSWORD=x\n${more}`;
      here.write('control-planerc', rc);
      const { findings } = await here.json<Audit>(
        ['audit'],
        stringify({ kit: 'first', sites: [], images: [] }),
      );
      return findings.flatMap(({ code, severity, what }) =>
        code === 'certificate'
          ? [[severity, what.replace(/127\.0\.0\.1:\d+/, 'HOST')] as [string, string]]
          : [],
      );
    };
    try {
      expect(await certificates(`export OS_CACERT=${here.path('ca.pem')}\n`)).toEqual([
        ['error', 'HOST: the certificate expires within 2 days'],
      ]);
      expect(await certificates('')).toEqual([
        [
          'error',
          expect.stringMatching(/^HOST: certificate: is not signed by a CA that the undercloud trusts/),
        ],
      ]);
    } finally {
      keystone.close();
    }
  }),
);
