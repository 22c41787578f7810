import * as fs from 'node:fs';
import { filesUnder } from '../../lib/filesUnder';
import { within } from './undercloud';

jest.setTimeout(120_000);

/*
 * A secret in each place of a job where one can stand. None may be in what the kit prints, in arguments or environments of the
 * programs that it starts, or in files that others can read.
 */
const kinds: ((secret: string) => string)[] = [
  (secret) => `password=${secret}`,
  (secret) => `"adminPass": "${secret}"`,
  (secret) => `transport_url = rabbit://guest:${secret}@10.0.0.1:5672//`,
  (secret) => `GET https://me:${secret}@example.com/x.qcow2 failed`,
  (secret) => `https://example.com/x?X-Amz-Signature=${secret}`,
  (secret) => `X-Auth-Token: ${secret}`,
  (secret) => `keystone::admin_password: ${secret}`,
  (secret) => `openstack --os-password ${secret} image list`,
  (secret) => `cannot open '/etc/x/password=${secret}'`,
  (secret) => `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`,
];

/** What other programs print, what they answer in a file, and what TripleO keeps in a file. */
const places = ['stdout', 'stderr', 'status', 'passwords'] as const;

test(
  `${kinds.length * places.length} secrets in output, files and answers of other programs are found nowhere`,
  within(async (here) => {
    const texts = places.map((_, row) =>
      kinds.map((kind, column) => kind(`hush${row}x${String(column).padStart(2, '0')}Zz8`)),
    );
    const [stdout, stderr, status, passwords] = texts as [string[], string[], string[], string[]];
    here.write('stdout-of-openstack', `${stdout.join('\n')}\n`);
    here.write('stderr-of-openstack', `${stderr.join('\n')}\n`);
    here.write('status-of-openstack', status.join(' ').replaceAll('\n', ' '));
    // The operator's secrets have no form of their own: they are known from their files.
    const known = passwords.map((_, column) => `hush3x${String(column).padStart(2, '0')}Zz8`);
    here.write(
      'overcloud-deploy/dcn0/dcn0-passwords.yaml',
      `parameter_defaults:\n${known.map((secret, column) => `  P${column}: ${secret}\n`).join('')}`,
    );
    fs.chmodSync(here.path('overcloud-deploy/dcn0/dcn0-passwords.yaml'), 0o600);
    here.behave(`{ tr '\\0' ' ' </proc/$$/cmdline; env; } >>~/seen
cat ~/stdout-of-openstack
echo "it was: ${known.join(' and ')}"
cat ~/stderr-of-openstack >&2
status=$(cat ~/status-of-openstack)
`);
    for (const planted of ['stdout-of-openstack', 'stderr-of-openstack', 'status-of-openstack', 'behave']) {
      fs.chmodSync(here.path(planted), 0o600);
    }
    const job = here.job('dcn0/overcloud-stack', { commands: ['openstack overcloud deploy --stack dcn0'] });
    const printed = [await here.run(job)];
    expect(printed[0]?.code).toBe(1);
    for (const words of [
      ['job', 'list', '--json'],
      ['status'],
      ['status', '--json'],
      ['job', 'log', 'dcn0/overcloud-stack'],
      ['job', 'wait', 'dcn0/overcloud-stack'],
    ]) {
      printed.push(await here.kit(words));
    }
    const pattern = /hush\dx\d\dZz8/g;
    expect(printed.flatMap((one) => (one.stdout + one.stderr).match(pattern) ?? [])).toEqual([]);
    expect(here.read('seen').match(pattern)).toBeNull();
    // Files of the kit: TripleO's own are TripleO's.
    const readable = filesUnder(here.path('dcn'))
      .filter((file) => (fs.statSync(file).mode & 0o077) !== 0)
      .filter((file) => /hush\dx/.test(fs.readFileSync(file, 'utf8') + file));
    expect(readable).toEqual([]);
  }),
);
