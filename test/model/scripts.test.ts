import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseLab, planFiles, planLab, planSite } from '../../model';
import { quote } from '../../lib/quote';
import { devLab, multistoreText } from './labs';

const golden = (name: string) =>
  parseLab(name, fs.readFileSync(path.join(__dirname, `golden/Pulumi.${name}.yaml`), 'utf8'));
const multistore = parseLab('multistore', multistoreText);

describe.each([devLab, golden('wide'), multistore, golden('outside')])('scripts of lab $name', (lab) => {
  let directory: string;
  beforeAll(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'glance-dcn-test-'));
  });
  afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

  const scripts = Object.entries(planFiles(planLab(lab))).flatMap(([site, files]) =>
    Object.entries(files)
      .filter(([file]) => file.endsWith('.sh'))
      .map(([file, text]) => ({ site, file, text })),
  );

  test('each site has one, and the control plane one to register stores', () => {
    expect(scripts.map(({ site, file }) => `${site}/${file}`).sort()).toEqual(
      [
        ...Object.keys(lab.sites).map((site) => `${site}/commands.sh`),
        'control-plane/registered/commands.sh',
      ].sort(),
    );
  });

  test('they pass shellcheck', () => {
    const files = scripts.map(({ text }, position) => {
      const file = path.join(directory, `${position}.sh`);
      fs.writeFileSync(file, text);
      return file;
    });
    execFileSync('shellcheck', ['--enable=all', '--exclude=SC2312', ...files], { stdio: 'pipe' });
  });

  test('bash runs exactly the arguments of the plan', () => {
    // Stand-ins on PATH log their arguments.
    const bin = path.join(directory, 'bin');
    const log = path.join(directory, 'log');
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(directory, 'stackrc'), '');
    for (const name of ['openstack', 'python3', 'cp', 'mkdir']) {
      fs.writeFileSync(
        path.join(bin, name),
        `#!/bin/bash\nprintf '%s\\n' "\${0##*/}" "$@" END >> '${log}'\n`,
        { mode: 0o755 },
      );
    }
    const { home, directory: labDirectory } = planLab(lab).undercloud;
    for (const site of planLab(lab).sites) {
      fs.rmSync(log, { force: true });
      const script = planFiles(planLab(lab))[site.name]!['commands.sh']!;
      const runnable = script
        .replace(`source ${home}/stackrc`, `source ${directory}/stackrc`)
        .replace(`cd ${labDirectory}\n`, '');
      execFileSync('bash', ['-c', runnable], { env: { PATH: `${bin}:/usr/bin:/bin` }, stdio: 'pipe' });
      const ran = fs.readFileSync(log, 'utf8').split('END\n').slice(0, -1);
      expect(ran.map((words) => words.split('\n').slice(0, -1))).toEqual(
        site.steps.flatMap((step) => step.commands),
      );
    }
  });
});

describe('the teardown of an edge site’s networks', () => {
  const site = planSite(devLab, 'dcn0');
  const [command] = site.steps.find((step) => step.name === 'network-provision')!.teardown;

  /** Arguments of `openstack` that delete, where Neutron has the `existing` subnets and segments. */
  function deleted(existing: string[]): string {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'glance-dcn-test-'));
    try {
      const stub = `#!/bin/bash\n[[ $* == *' list '* ]] && printf '%s\\n' ${existing.join(' ')} || echo "$@"\n`;
      fs.writeFileSync(path.join(directory, 'openstack'), stub, { mode: 0o755 });
      const env = { PATH: `${directory}:/usr/bin:/bin` };
      return execFileSync(command![0]!, command!.slice(1), { env, encoding: 'utf8' });
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  }

  test('deletes its own subnets of the composable networks and their segments, and no others', () => {
    const all = [
      'storage_subnet',
      'storage_dcn0',
      'storage_dcn01',
      'tenant_dcn0',
      'ctlplane-dcn0',
      'storage_mgmt_dcn1',
      'storage_storage_subnet',
      'storage_storage_dcn0',
      'storage_mgmt_storage_mgmt_dcn0',
      'storage_storage_dcn01',
      'ctlplane_ctlplane-dcn0',
    ];
    expect(deleted(all)).toBe(
      'subnet delete storage_dcn0 tenant_dcn0\n' +
        'network segment delete storage_storage_dcn0 storage_mgmt_storage_mgmt_dcn0\n',
    );
  });

  test('succeeds when they are gone already', () => {
    expect(deleted(['storage_subnet'])).toBe('');
  });

  test('fails when Neutron does not answer', () => {
    const env = { PATH: '/usr/bin:/bin' };
    expect(() => execFileSync(command![0]!, command!.slice(1), { env, stdio: 'pipe' })).toThrow();
  });

  test('is a script that passes shellcheck', () => {
    execFileSync('shellcheck', ['--shell=bash', '--enable=all', '--exclude=SC2312', '-'], {
      input: command![2]!,
      stdio: 'pipe',
    });
  });
});

test.each([
  ['plain-1.2'],
  ["it's"],
  ['a b'],
  ['$HOME `x` "y" \\'],
  [''],
  ['%stackname%'],
  ['-'],
  ['~'],
  ['!x'],
  ['ä\nö'],
])('bash reads %j back unchanged', (word) => {
  expect(execFileSync('bash', ['-c', `printf %s ${quote(word)}`], { encoding: 'utf8' })).toBe(word);
});
