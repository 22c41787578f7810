import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { type Images, ensureImages } from '../../sandbox/image/images';
import { projectRoot } from '../../lib/paths';

describe('the images of the hosts', () => {
  let images: Images;

  beforeAll(async () => {
    images = await ensureImages(() => undefined);
  }, 30 * 60_000);

  it('are not built again once they exist', async () => {
    const lines: string[] = [];
    expect(await ensureImages((line) => lines.push(line))).toEqual(images);
    expect(lines).toEqual([]);
  });

  it('contain no package sources, name servers, pip settings or caches of the machine that built them', () => {
    for (const layer of images.undercloud) {
      const text = (file: string) => {
        const absolute = path.join(layer, file);
        return fs.existsSync(absolute) ? fs.readFileSync(absolute, 'utf8') : '';
      };
      const listed = (directory: string) => {
        const absolute = path.join(layer, directory);
        return fs.existsSync(absolute) ? fs.readdirSync(absolute) : [];
      };
      for (const file of [
        'etc/resolv.conf',
        'etc/hosts',
        'etc/machine-id',
        'etc/apt/sources.list',
        'etc/pip.conf',
      ]) {
        expect([file, text(file)]).toEqual([file, '']);
      }
      for (const directory of [
        'etc/apt/sources.list.d',
        'var/cache/apt',
        'root/.cache/pip',
        'root/.config',
        'run/build',
      ]) {
        expect([directory, listed(directory)]).toEqual([directory, []]);
      }
      expect(listed('etc/ssh').filter((file) => file.startsWith('ssh_host_'))).toEqual([]);
    }
  });
});

describe('the stand-in for cephadm', () => {
  const standIn = path.join(projectRoot, 'sandbox/image/files/usr/local/sbin/cephadm');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-cephadm-'));
  const [conf, keyring] = ['dcn0.conf', 'dcn0.client.admin.keyring'].map((name) =>
    path.join(directory, name),
  ) as [string, string];

  beforeAll(() => [conf, keyring].forEach((file) => fs.writeFileSync(file, '')));
  afterAll(() => fs.rmSync(directory, { recursive: true }));

  const cephadm = (...args: string[]) => execa(standIn, args, { env: { CEPH_ARGS: '' }, reject: false });

  it('runs the command on the host with the given configuration and keyring', async () => {
    const { stdout } = await cephadm(
      ...[
        'shell',
        '--config',
        conf,
        `--keyring=${keyring}`,
        '--',
        'sh',
        '-c',
        'echo "$CEPH_ARGS" "$@"',
        'sh',
        '-v',
        'a b',
      ],
    );
    expect(stdout).toBe(`--conf ${conf} --keyring ${keyring}  -v a b`);
  });

  it('exits with the exit code of the command', async () => {
    expect((await cephadm('shell', 'sh', '-c', 'exit 7')).exitCode).toBe(7);
  });

  it.each([
    [['bootstrap'], "only 'cephadm shell' is stood in for; the verb was 'bootstrap'"],
    [['shell', '--mount', '/x'], "option '--mount' is not stood in for"],
    [['shell', '--config', '/no/such.conf', '--', 'true'], 'cannot read /no/such.conf'],
  ])('refuses unknown verbs and options, and files that it cannot read: %p', async (args, message) => {
    const { exitCode, stderr } = await cephadm(...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
