import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';
import { pulumiEnvironment } from '../../cli/run/pulumi';

/** Backend and passphrase file for a user with these variables; paths are relative to the folder of labs' state. */
async function environment(variables: { backend?: string; passphrase?: string; passphraseFile?: string }) {
  const { backend, passphrase, passphraseFile } = variables;
  const state = path.join(folder, 'state');
  process.env = {
    ...before,
    GLANCE_DCN_STATE: state,
    ...(backend && { PULUMI_BACKEND_URL: backend.replace(/^state:/, pathToFileURL(`${state}/`).href) }),
    ...(passphrase && { PULUMI_CONFIG_PASSPHRASE: passphrase }),
    ...(passphraseFile && { PULUMI_CONFIG_PASSPHRASE_FILE: path.resolve(state, passphraseFile) }),
  };
  const { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE_FILE } = await pulumiEnvironment(
    { name: 'dev', provisioner: 'sandbox' },
    () => undefined,
  );
  return { backend: PULUMI_BACKEND_URL, passphraseFile: PULUMI_CONFIG_PASSPHRASE_FILE };
}

let folder: string;
const before = { ...process.env };
const own = () => ({
  backend: pathToFileURL(path.join(folder, 'state/dev/pulumi')).href,
  passphraseFile: path.join(folder, 'state/dev/passphrase'),
});

describe('the environment for pulumi', () => {
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-environment-'));
    for (const name of ['PULUMI_BACKEND_URL', 'PULUMI_CONFIG_PASSPHRASE', 'PULUMI_CONFIG_PASSPHRASE_FILE']) {
      delete before[name];
    }
  });
  afterEach(() => {
    process.env = before;
    fs.rmSync(folder, { recursive: true });
  });

  it("is the lab's own state by default, which it creates", async () => {
    expect(await environment({})).toEqual(own());
    expect(fs.existsSync(path.join(folder, 'state/dev/pulumi'))).toBe(true);
    expect(fs.statSync(path.join(folder, 'state/dev/passphrase')).mode & 0o777).toBe(0o600);
  });

  it('has a whole passphrase also after a process that ended while it wrote the first one', async () => {
    // No file may have more than eight bytes.
    const cut = execa.sync(
      'prlimit',
      [
        ...['--fsize=8', path.join(projectRoot, 'node_modules/.bin/tsx'), '-e'],
        "require('./cli/run/state').ensurePassphrase('dev')",
      ],
      {
        cwd: projectRoot,
        env: { GLANCE_DCN_STATE: path.join(folder, 'state'), TSX_DISABLE_CACHE: '1' },
        reject: false,
      },
    );
    expect([cut.exitCode, cut.stderr]).toEqual([1, expect.stringContaining('EFBIG')]);
    await environment({});
    expect(fs.readFileSync(own().passphraseFile, 'utf8')).toMatch(/^[\w-]{32}\n$/);
  });

  it('is the own state again in a shell that has it from before the lab was destroyed', async () => {
    const found = await environment({ backend: 'state:dev/pulumi', passphraseFile: 'dev/passphrase' });
    expect(found).toEqual(own());
    expect(fs.existsSync(path.join(folder, 'state/dev/pulumi'))).toBe(true);
    expect(fs.existsSync(path.join(folder, 'state/dev/passphrase'))).toBe(true);
  });

  it('is the own state in a shell that has the state of another lab', async () => {
    expect(await environment({ backend: 'state:other/pulumi', passphraseFile: 'other/passphrase' })).toEqual(
      own(),
    );
  });

  it('keeps a backend and a passphrase that the user has chosen', async () => {
    expect(await environment({ backend: 'file:///srv/state/pulumi', passphrase: 'secret' })).toEqual({
      backend: 'file:///srv/state/pulumi',
      passphraseFile: undefined,
    });
    expect(
      await environment({ backend: 'postgres://team@host/state', passphraseFile: '/srv/passphrase' }),
    ).toEqual({
      backend: 'postgres://team@host/state',
      passphraseFile: undefined,
    });
  });
});
