import execa from 'execa';
import { projectRoot } from '../../lib/paths';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { harmlessParameters, secretParameters } from '../secretParameters';
import { planted } from './secretForms';
import { type TestUndercloud, python, within } from './undercloud';

/* Secrets in what other programs print: none leaves the kit, wherever it stands. */

const cephx = 'AQDLh2RgAAAAABAAHx5lvWmjVTQ2pEDbkW0rnA==';

/** A secret, and a text of another program that has it. */
const forms: [secret: string, text: string][] = [
  ['hush-01', 'password=hush-01'],
  ['hush-02', "'password': 'hush-02'"],
  ['hush-03', '"adminPass": {"password": "hush-03"}'],
  ['hush-04', 'OS_PASSWORD="hush-04 with blanks"'],
  ['hush-05', '  AdminPassword: hush-05'],
  ['hush-06', 'keystone::admin_password: hush-06'],
  ['hush-07', '{\\"rabbit_password\\": \\"hush-07\\"}'],
  ['hush-08', 'nova.conf: transport_url = rabbit://guest:hush-08@10.0.0.1:5672//'],
  ['hush-09', 'connection=mysql+pymysql://nova:hush-09@10.0.0.1/nova?read_default_file=/etc/my.cnf'],
  ['hush-10', 'GET https://me:hush-10@example.com/x.qcow2 failed'],
  ['hush-11', 'https://me:hu/sh@hush-11@example.com/x: no answer'],
  ['hush-12-a-long-token-of-a-forge', 'git clone https://hush-12-a-long-token-of-a-forge@example.com/x'],
  ['hush-13', 'https://example.com/x?X-Amz-Date=1&X-Amz-Signature=hush-13&X-Amz-Expires=3: 403'],
  ['hush-14', 'https://example.com/x?temp_url_sig=hush-14&temp_url_expires=1'],
  ['hush-15', 'https://example.com/x?sv=1&sig=hush-15'],
  ['hush-16', 'X-Auth-Token: hush-16'],
  ['hush-17', '{"X-Subject-Token": "hush-17"}'],
  ['hush-18', 'Authorization: Basic hush-18'],
  ['hush-19-abcdef', 'sent Bearer hush-19-abcdef'],
  ['hush-20', 'openstack --os-password hush-20 image list'],
  ['hush-21', 'subscription-manager register --activationkey x --password=hush-21'],
  ['hush-22', '<password>hush-22</password>'],
  ['hush-23', 'rhsm_activation_key: hush-23'],
  ['hush-24', 'erlang cookie: hush-24'],
  ['hush-25', 'passphrase = hush-25'],
  ['hush-26', "secret_key => 'hush-26'"],
  ['hush-27', 'auth_pass=hush-27,x'],
  ['hush-28', 'proxy http://me:hush-28@proxy:3128 refused'],
  [cephx, `[client.openstack] key = ${cephx} caps`],
  [cephx, `--key ${cephx}`],
  ['/hush/29', 'openstack x --application-key /hush/29ab+cd/ef -y'],
  ['/hush/30', 'openstack x --private-key=/hush/30.x=y'],
  ['/hush/31.x', 'openstack x --os-password /hush/31.x'],
  ['gAAAAABkJx3q7ZqX0y8Q2V9L1m4N6pRstUvWxYz', 'token gAAAAABkJx3q7ZqX0y8Q2V9L1m4N6pRstUvWxYz expired'],
  ['aHVzaA', '-----BEGIN RSA PRIVATE KEY-----\naHVzaA\n-----END RSA PRIVATE KEY-----'],
  ['aHVzaA', 'x\n-----BEGIN OPENSSH PRIVATE KEY-----\naHVzaA'],
  ['aHVzaA', `${'b'.repeat(64)}\naHVzaA\n-----END PRIVATE KEY-----\ny`],
  [`${'aHVz'.repeat(16)}`, `x\n${'aHVz'.repeat(16)}\ny`],
];

const plain = [
  'sudo asks for a password: let stack use it without (/etc/sudoers.d), as TripleO needs',
  "user stack has no sudo without a password: give it 'stack ALL=(ALL) NOPASSWD: ALL' in /etc/sudoers.d",
  'GET https://10.0.0.1:13292/v2/images: HTTP 503: no answer',
  'image x: https://example.com/x.qcow2?version=2: 404; can the undercloud reach it?',
  'ssh -oUserKnownHostsFile=/home/stack/dcn/dev/dcn0/known_hosts tripleo-admin@10.0.0.1',
  'job dcn0/step: run 1 failed after 3s [dcn:failed job="dcn0/step" log="/home/stack/dcn/dev/jobs/x.log"]',
  'openstack overcloud node provision --overcloud-ssh-key /home/stack/.ssh/id_rsa --output x.yaml',
  "ran 'ssh --identity-key=~/.ssh/id_rsa'",
  `has sha256 ${'0a'.repeat(32)}, the lab file says ${'1b'.repeat(32)}`,
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'x'.repeat(43)}`,
  '9a1f0c6e-5a0e-4f3b-9a55-2f9f5d3b1c11',
];

async function hidden(texts: string[]): Promise<string[]> {
  const program =
    'import json, sys; from redact import hide_forms; print(json.dumps([hide_forms(t) for t in json.load(sys.stdin)]))';
  const { stdout } = await execa(python(), ['-c', program], {
    cwd: path.join(projectRoot, 'kit'),
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    input: JSON.stringify(texts),
  });
  return JSON.parse(stdout) as string[];
}

test('texts that look like secrets are hidden', async () => {
  const texts = await hidden(forms.map(([, text]) => text));
  const shown = texts.filter((text, place) => text.includes(forms[place]![0]) || /hush-\d/.test(text));
  expect(shown).toEqual([]);
});

test('all other texts stay as they are', async () => {
  expect(await hidden(plain)).toEqual(plain);
});

test('a large log takes seconds at most', async () => {
  const lines = [
    `${'x'.repeat(100_000)}`,
    ...Array.from({ length: 20_000 }, (_, n) => `line ${n}: a:b=c @ https://h/p?q`),
  ];
  const began = Date.now();
  await hidden([`${lines.join('\n')}\n${'word\n'.repeat(20_000)}`]);
  expect(Date.now() - began).toBeLessThan(10_000);
});

test('a value of an answer is a name also with as many letters and digits as a line of a private key', async () => {
  const name = 'LongNameOfAnImage1'.repeat(4);
  const values = {
    names: [{ name: name.slice(0, 60) }, { name: 'n'.repeat(76) }],
    keys: [`${name.slice(0, 63)}+`, `${name.slice(0, 62)}==`, `x\n${name.slice(0, 64)}`],
  };
  const program = 'import json, sys; from output import answer; answer(json.load(sys.stdin))';
  const { stdout } = await execa(python(), ['-c', program], {
    cwd: path.join(projectRoot, 'kit'),
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    input: JSON.stringify(values),
  });
  expect(JSON.parse(stdout)).toEqual({
    names: values.names,
    keys: ['[hidden]', '[hidden]', 'x\n[hidden]'],
  });
});

describe('what the kit prints', () => {
  /** TripleO's passwords, and an environment file of the operator. */
  const writeSecrets = (here: TestUndercloud): void => {
    here.write('overcloud-deploy/dcn0/dcn0-passwords.yaml', 'parameter_defaults:\n  X: tellNobodyThis\n');
    here.write('dcn0rc', "export OS_PASSWORD='tellNobodyThat'\n");
    here.write(
      'own.yaml',
      'parameter_defaults:\n  RhsmVars: { rhsm_password: tellNobodyOurs, rhsm_release: plainRelease }\n',
    );
    fs.chmodSync(here.path('own.yaml'), 0o600);
  };
  const telling = 'it is tellNobodyThis, tellNobodyThat, tellNobodyOurs and plainRelease';

  test.concurrent(
    'has no secret of the undercloud in the reason and log of a failed job, or in lists',
    within(async (here) => {
      writeSecrets(here);
      here.behave(`echo "${telling}"; status="${telling} password=hush-1"`);
      const document = here.job('dcn0/overcloud-stack', {
        commands: [`openstack overcloud deploy --stack dcn0 -e ${here.path('own.yaml')}`],
      });
      const failed = await here.run(document);
      expect(failed.code).toBe(1);
      const printed = [failed];
      for (const words of [
        ['job', 'list', '--json'],
        ['status', '--json'],
        ['status'],
        ['job', 'log', 'dcn0/overcloud-stack'],
        ['job', 'wait', 'dcn0/overcloud-stack'],
      ]) {
        printed.push(await here.kit(words));
      }
      for (const { stdout, stderr } of printed) {
        expect(stdout + stderr).not.toMatch(/tellNobody|hush-/);
        expect(stdout + stderr).toContain('plainRelease');
      }
    }),
  );

  test.concurrent(
    'has no secret of an environment file that others can read: the job is refused before it starts',
    within(async (here) => {
      const step = (file: string, mode: number, text: string) => {
        here.write(file, text);
        fs.chmodSync(here.path(file), mode);
        const commands = [`openstack overcloud deploy --stack dcn0 -e ${here.path(file)}`];
        return here.run(here.job(`dcn0/${file.replace('.yaml', '')}`, { commands }));
      };
      const secret = 'parameter_defaults: { RhsmVars: { rhsm_password: tellNobodyOurs } }\n';
      const refused = await step('open.yaml', 0o644, secret);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(
        /^dcn0\/open: (\S+\/open\.yaml) has secrets, and others can read it; chmod 600 \1\n$/,
      );
      expect(here.calls()).toEqual([]);
      expect((await step('private.yaml', 0o600, secret)).code).toBe(0);
      const harmless = `parameter_defaults:
  GlanceApiPolicies: { glance-copy_image: { key: copy_image, value: x } }
  ManageKeystoneFernetKeys: true
  ExtraConfig: { 'ovn::private_key': /etc/x, 'a::password': "%{hiera('b')}", authorized_keys: [AAAA] }
`;
      expect((await step('harmless.yaml', 0o644, harmless)).code).toBe(0);
    }),
  );

  /** An environment file for each secret, at the depth where TripleO has it. */
  const writeEnvironments = (here: TestUndercloud, mode: number): string[] =>
    secretParameters.map(([, parameters], index) => {
      const file = `own-${index}.yaml`;
      here.write(file, `parameter_defaults: ${parameters.replaceAll('hush-', 'hushhush')}\n`);
      fs.chmodSync(here.path(file), mode);
      return here.path(file);
    });
  const deploy = (here: TestUndercloud, files: string[]): string =>
    here.job('dcn0/overcloud-stack', {
      commands: [`openstack overcloud deploy --stack dcn0 ${files.map((file) => `-e ${file}`).join(' ')}`],
    });
  /** All values of a document, without the names of their keys. */
  const valuesOf = (value: unknown): string[] =>
    typeof value === 'object' && value !== null ? Object.values(value).flatMap(valuesOf) : [String(value)];

  test.concurrent(
    `has none of ${secretParameters.length} secrets at every depth of environment files, nor have arguments and environments`,
    within(async (here) => {
      const files = writeEnvironments(here, 0o600);
      const values = files.flatMap((file) => valuesOf(parse(fs.readFileSync(file, 'utf8'))));
      here.write('values', values.map((value) => `it is ${value}\n`).join(''));
      here.write('dcn0.txt', 'plainRelease\n');
      here.behave(`{ tr '\\0' ' ' </proc/$$/cmdline; env; } >~/seen; cat ~/values; cat ~/values >&2
status="$(cat ~/dcn0.txt) $(tr '\\n' ' ' <~/values)"`);
      const calls = [await here.run(deploy(here, files))];
      for (const words of [['status'], ['status', '--json'], ['job', 'log', 'dcn0/overcloud-stack']]) {
        calls.push(await here.kit(words));
      }
      const shown = calls.map(({ stdout, stderr }) => stdout + stderr).join('') + here.read('seen');
      expect(shown).toContain('plainRelease');
      expect(shown.match(planted)).toBeNull();
      const others = secretParameters
        .map(([secret]) => secret)
        .filter((secret) => !secret.startsWith('hush-'));
      expect(others.filter((secret) => shown.includes(secret))).toEqual([]);
    }),
  );

  test.concurrent(
    'has the names of all environment files with secrets that others can read, and of no other',
    within(async (here) => {
      const files = writeEnvironments(here, 0o644);
      here.write('harmless.yaml', `parameter_defaults:${harmlessParameters}`);
      const { code, stderr } = await here.run(deploy(here, [...files, here.path('harmless.yaml')]));
      expect(code).toBe(2);
      const named = [...stderr.matchAll(/^dcn0\/overcloud-stack: (\S+) has secrets, /gm)].map(
        ([, file]) => file,
      );
      expect(named.sort()).toEqual(files.sort());
      expect(stderr.match(planted)).toBeNull();
    }),
  );

  test.concurrent(
    'has no last line of a private key of the public end points, which is shorter than the other lines',
    within(async (here) => {
      const line = '/tellNobodyThis+andNobodyElse==';
      const key = `-----BEGIN PRIVATE KEY-----\n${'aHVz'.repeat(16)}\n${line}\n-----END PRIVATE KEY-----\n`;
      here.write(
        'dcn/dev/control-plane/tls-key.yaml',
        JSON.stringify({ parameter_defaults: { SSLKey: key } }),
      );
      here.behave(`echo "haproxy: ${line} of -----BEGIN CERTIFICATE-----"; exit 1`);
      const { stderr } = await here.run(here.job('control-plane/step', { commands: ['openstack x'] }));
      expect(stderr).toContain('haproxy: [hidden] of -----BEGIN CERTIFICATE-----');
    }),
  );

  test.concurrent(
    'has half a secret at the edge of a quote neither',
    within(async (here) => {
      const { stdout } = await execa(
        python(),
        ['-c', "from redact import ending; print(ending('x ' + 'tellNobodyThis' + ' ' + 'y' * 290, 300))"],
        { cwd: path.join(here.lab(), 'kit') },
      );
      expect(stdout).toBe('y'.repeat(290));
      here.write('overcloud-deploy/dcn0/dcn0-passwords.yaml', `a:\n  X: tellNobody${'z'.repeat(70_000)}\n`);
      here.behave(`printf 'tellNobody%s ' "$(head -c 70000 /dev/zero | tr '\\0' z)"; echo end; exit 1`);
      const { stderr } = await here.run(here.job('dcn0/step', { commands: ['openstack x'] }));
      expect(stderr).not.toMatch(/zzz/);
      expect(stderr).toContain('end');
    }),
  );

  test.concurrent(
    'has no secret of stderr of other programs in its progress',
    within(async (here) => {
      const program = `from output import say; say("ssh: GET https://me:hush-1@h/x?sig=hush-2 with\\n password=hush-3")`;
      const { stderr } = await execa(python(), ['-c', program], { cwd: path.join(here.lab(), 'kit') });
      expect(stderr).toBe('ssh: GET https://[hidden]@h/x?sig=[hidden] with password=[hidden]');
    }),
  );

  test.concurrent(
    'has no secret in an error that the kit does not expect',
    within(async (here) => {
      writeSecrets(here);
      here.write('dcn/dev/kit/jobs/report.py', `raise RuntimeError("tellNobodyThis, password=hush-1")\n`);
      const { code, stderr } = await here.kit(['job', 'list']);
      expect(code).toBe(1);
      expect(stderr).not.toMatch(/tellNobody|hush-/);
    }),
  );
});
