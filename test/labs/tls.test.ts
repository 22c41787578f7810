import * as fs from 'node:fs';
import * as path from 'node:path';
import { makeCertificate, makeChain } from '../certificates';
import { expectClones, expectNoSecretShown, expectSecretsKept, minutes } from '../sandbox/expectations';
import { LabUnderTest } from '../sandbox/labUnderTest';
import { ArgumentWatch, secretsOf } from '../sandbox/secrets';
import { Traces } from '../sandbox/traces';

/*
 * Public end points by https under a name, with a CA of the test's own, on the fewest hosts. The tests share one lab; each builds on the
 * tests before it.
 */
const lab = new LabUnderTest(`tls${process.pid}`);
const name = 'cloud.example.com';
const keyOnUndercloud = (file: string) => `/home/stack/tls/${file}`;

/** The lab file with a certificate and key of these names. */
const text = (certificate: string, key: string) => `config:
  glance-dcn:provisioner: sandbox
  glance-dcn:tls:
    public: { certificate: ${certificate}, key: ${keyOnUndercloud(key)}, ca: root.pem, name: ${name} }
  glance-dcn:sites:
    control-plane: { ceph: { cluster: central }, nodes: { c-0: Controller, s-0: CephStorage } }
    dcn0: { nodes: { h-0: DistributedComputeHCI } }
  glance-dcn:images:
    plain-32: { source: { generated: { sizeMiB: 32, seed: plain } }, sites: [dcn0] }
`;

interface Served {
  endpoint: string;
  services: string[];
  days: number | null;
  fault: string | null;
}

describe('public end points by https', () => {
  const machine = Traces.now();
  const argumentLists = new ArgumentWatch();
  const secrets: string[] = [];

  /** Puts a key on the undercloud, as an operator does. */
  async function placeKey(file: string): Promise<void> {
    const key = fs.readFileSync(path.join(lab.directory, file), 'utf8');
    secrets.push(...key.split('\n').filter((line) => line.length > 10 && !line.includes('-----')));
    const target = keyOnUndercloud(file);
    await lab.onUndercloud(`umask 077; mkdir -p $(dirname ${target}); cat > ${target}`, key);
  }

  const certificates = async () =>
    (JSON.parse((await lab.dcn('status', '--json')).stdout) as { undercloud: { certificates: Served[] } })
      .undercloud.certificates;
  /** Runs a command on the undercloud with the overcloud's rc file; `more` are further lines before it. */
  const asAdministrator = (command: string, more = '') =>
    lab.onUndercloud(`source ~/control-planerc; ${more}${command} 2>&1 || true`);

  beforeAll(async () => {
    await makeChain(lab.directory, `DNS:${name}`, 365);
    await makeCertificate(lab.directory, 'stranger', { isCa: true });
    lab.write(() => text('chain.pem', 'server.key'));
    await lab.adoptEnvironment();
  }, minutes(3));

  afterAll(async () => {
    argumentLists.stop();
    await lab.cleanUp();
  }, minutes(3));

  it(
    'do not come up without the key, which is named before a step of the control plane',
    async () => {
      const { code, stdout, stderr } = await lab.run('./dcn', ['--lab', lab.file, 'up']);
      expect(code).not.toBe(0);
      expect(stdout + stderr).toMatch(
        /glance-dcn:tls\.public\.key: \/home\/stack\/tls\/server\.key: No such file or directory: put the private key/,
      );
      expect(await lab.onUndercloud('ls ~/overcloud-deploy')).not.toContain('control-plane');
    },
    minutes(20),
  );

  it(
    'come up with clones of images at the edge once the key is there',
    async () => {
      await placeKey('server.key');
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, ['plain-32'], ['central', 'dcn0']);
    },
    minutes(30),
  );

  it(
    'are https in the catalog, and answer `openstack` on the undercloud, which trusts the CA',
    async () => {
      const urls = await asAdministrator('openstack endpoint list --interface public -f value -c URL');
      expect(urls.trim().split('\n').sort()).toEqual([`https://${name}:13000`, `https://${name}:13292`]);
      const internal = await asAdministrator('openstack endpoint list --interface internal -f value -c URL');
      expect(internal).not.toContain('https');
      expect(await asAdministrator('openstack image list -f value -c Name')).toBe('plain-32\n');
    },
    minutes(3),
  );

  it(
    'are refused with another CA, under another name, and without TLS',
    async () => {
      await lab.onUndercloud(
        'cat > ~/stranger.pem',
        fs.readFileSync(path.join(lab.directory, 'stranger.pem'), 'utf8'),
      );
      expect(await asAdministrator('openstack --os-cacert ~/stranger.pem image list')).toContain(
        'CERTIFICATE_VERIFY_FAILED',
      );
      const ca = `~/dcn/${lab.name}/control-plane/public-ca.pem`;
      const curl = (url: string) =>
        lab.onUndercloud(`curl --silent --show-error --cacert ${ca} ${url} 2>&1 || true`);
      expect(await curl(`https://${name}:13000/v3`)).toContain('"version"');
      expect(await curl('https://10.20.0.5:13000/v3')).toMatch(/no alternative certificate subject name/);
      expect(await curl('http://10.20.0.5:5000/v3')).toContain('Failed to connect');
    },
    minutes(3),
  );

  it(
    'make the kit say which end point, why and what to do if another CA is named',
    async () => {
      const rc = '~/control-planerc';
      await lab.onUndercloud(`cp ${rc} ~/rc.before; echo 'export OS_CACERT=~/stranger.pem' >> ${rc}`);
      const { code, stderr } = await lab.run('./dcn', ['--lab', lab.file, 'images']);
      await lab.onUndercloud(`mv ~/rc.before ${rc}`);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(
        /the certificate of cloud\.example\.com:13000 is not signed by a CA that the undercloud trusts there: .*OS_CACERT in \S+ names ~\/stranger\.pem: put the CA there/,
      );
      expect((await lab.dcn('images')).stdout).toContain('plain-32');
    },
    minutes(3),
  );

  it(
    'are trusted by the hosts of the control plane, by their system',
    async () => {
      expect(
        await lab.onNode(
          'c-0',
          `curl --silent https://${name}:13292/healthcheck -o /dev/null -w '%{http_code}'`,
        ),
      ).toBe('200');
    },
    minutes(2),
  );

  it(
    'have the days that are left in the status, and another certificate when it is renewed',
    async () => {
      expect(await certificates()).toEqual(
        [
          { endpoint: `${name}:13000`, services: ['identity'] },
          { endpoint: `${name}:13292`, services: ['image'] },
        ].map((entry) => ({ ...entry, days: 364, fault: null, notAfter: expect.any(String) as string })),
      );
      const [between] = ['between'].map((one) => ({
        certificate: path.join(lab.directory, `${one}.pem`),
        key: path.join(lab.directory, `${one}.key`),
      }));
      const renewed = await makeCertificate(lab.directory, 'renewed', {
        by: between!,
        names: `DNS:${name}`,
        days: 20,
      });
      fs.appendFileSync(renewed.certificate, fs.readFileSync(between!.certificate));
      await placeKey('renewed.key');
      lab.write(() => text('renewed.pem', 'renewed.key'));
      await lab.dcn('up');
      expect((await certificates()).map(({ days }) => days)).toEqual([19, 19]);
      expect((await lab.dcn('status')).stdout).toMatch(
        /certificate of \S+, \S+: until \S+ \(19 days\): name a new one/,
      );
    },
    minutes(15),
  );

  it(
    'never showed a private key, and keep it in files that others cannot read',
    async () => {
      const all = [...secrets, ...(await secretsOf(lab, ['c-0', 'h-0']))];
      expectNoSecretShown(lab, all, argumentLists);
      await expectSecretsKept(lab, all, ['undercloud', 'c-0', 's-0', 'h-0']);
    },
    minutes(10),
  );

  it(
    'leave nothing behind',
    async () => {
      await lab.dcn('destroy', '--yes');
      expect(machine.leftSince(lab.name)).toEqual([]);
    },
    minutes(10),
  );
});
