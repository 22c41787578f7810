import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';
import { python, within } from './undercloud';

jest.setTimeout(60_000);

describe('check', () => {
  const kitSource = path.join(projectRoot, 'kit');

  test('names Python 3.9 where python3 is older, and PyYAML where it is missing', async () => {
    const run = (change: string) =>
      execa(
        python(),
        [
          '-c',
          `import sys; ${change}; import runpy; sys.argv = ['kit', 'check']; runpy.run_path('${kitSource}', run_name='__main__')`,
        ],
        { reject: false, env: { PYTHONDONTWRITEBYTECODE: '1' } },
      );
    expect(await run('sys.version_info = (3, 6, 8)')).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^undercloud: python3 is Python 3\.6\.8, needed is 3\.9 or later with PyYAML: dnf install .*$/,
      ) as string,
    });
    expect(await run("sys.modules['yaml'] = None")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(
        /^undercloud: python3 \(Python 3.*\) has no PyYAML: install it for /,
      ) as string,
    });
  });

  test.each(['__main__.py', 'stores/__init__.py'])(
    '%s, which Python reads before that check, is Python 3.6',
    async (file) => {
      const program = 'import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 6))';
      await execa(python(), ['-c', program], { input: fs.readFileSync(path.join(kitSource, file), 'utf8') });
    },
  );

  test.concurrent(
    'reports everything that is missing at once',
    within(async (here) => {
      here.behave('exit 1');
      const { code, stderr } = await here.kit(['check']);
      expect(code).toBe(2);
      for (const fault of [
        /`openstack` does not run in a login shell/,
        /stackrc is missing/,
        /\.ssh\/id_rsa is missing: ssh-keygen/,
        /openstack-tripleo-heat-templates/,
      ]) {
        expect(stderr).toMatch(fault);
      }
    }),
  );

  test.concurrent(
    "makes the key of cephadm's account once, however many ask at the same time",
    within(async (here) => {
      const key = '.ssh/ceph-admin-id_rsa';
      const ask = () =>
        execa('python3', ['-c', 'from hosts import undercloud; undercloud.ensure_ceph_key()'], {
          cwd: path.join(here.lab(), 'kit'),
          env: { HOME: here.home },
        });
      fs.mkdirSync(here.path('.ssh'));
      await Promise.all([ask(), ask(), ask()]);
      const made = here.read(key);
      await ask();
      expect(here.read(key)).toBe(made);
      const derived = await execa('ssh-keygen', ['-y', '-f', here.path(key)]);
      expect(here.read(`${key}.pub`)).toContain(derived.stdout.split(' ')[1]);
    }),
  );
});
