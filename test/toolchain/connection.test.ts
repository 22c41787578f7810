import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type AuthContext, Server } from 'ssh2';
import { type ConnectionInputs, dial } from '../../toolchain/provider-command/connection';
import { type Operation, OperationLog } from '../../toolchain/provider-command/operation';
import { ed25519KeyPair } from './keys';

const password = 'openSesame';

/** Whether to accept the login; undefined: the function has answered the request. */
type Verdict = (auth: AuthContext) => boolean | undefined;

/** An SSH server in this process. `accepts` decides about logins; the server counts them. */
async function serve(accepts: Verdict): Promise<{ port: number; logins(): number; close(): void }> {
  let logins = 0;
  const { private: hostKey } = ed25519KeyPair();
  const server = new Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (auth) => {
      logins += 1;
      const verdict = accepts(auth);
      if (verdict) {
        auth.accept();
      } else if (verdict === false) {
        auth.reject(['password', 'keyboard-interactive', 'publickey']);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, logins: () => logins, close: () => server.close() };
}

function inputs(port: number, more: Partial<ConnectionInputs>): ConnectionInputs {
  return { host: '127.0.0.1', port, user: 'stack', dialErrorLimit: 0, perDialTimeout: 5, ...more };
}

function operation(expired = new AbortController().signal): Operation {
  return { cancelled: expired, expired, log: new OperationLog(undefined, '', (text) => text) };
}

async function connects(more: Partial<ConnectionInputs>, accepts: Verdict): Promise<void> {
  const server = await serve(accepts);
  try {
    (await dial(inputs(server.port, more), operation())).close();
  } finally {
    server.close();
  }
}

beforeAll(() => {
  delete process.env.SSH_AUTH_SOCK;
});

describe('logs in', () => {
  test('by password', () =>
    connects({ password }, (auth) => auth.method === 'password' && auth.password === password));

  test('by password, if the server asks for it with keyboard-interactive', () =>
    connects({ password }, (auth) => {
      if (auth.method !== 'keyboard-interactive') {
        return false;
      }
      auth.prompt([{ prompt: 'Password: ', echo: false }], ([answer]) => {
        if (answer === password) {
          auth.accept();
        } else {
          auth.reject(['publickey']);
        }
      });
      return undefined;
    }));

  const signed: Verdict = (auth) => auth.method === 'publickey';
  const encrypted = ed25519KeyPair(password).private;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  test.each([
    ['an OpenSSH key', ed25519KeyPair().private, undefined],
    ['an encrypted OpenSSH key', encrypted, password],
    ['an RSA key in PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem' }).toString(), undefined],
    ['an RSA key in PKCS#8', rsa.export({ type: 'pkcs8', format: 'pem' }).toString(), undefined],
    [
      'an encrypted key in PKCS#8',
      rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password }).toString(),
      password,
    ],
    ['an EC key in PKCS#8', ec.export({ type: 'pkcs8', format: 'pem' }).toString(), undefined],
  ])('by %s', (_name, privateKey, privateKeyPassword) =>
    connects({ privateKey, privateKeyPassword }, signed),
  );
});

describe('retries', () => {
  test('dialErrorLimit times, with growing waits, also after a refused login', async () => {
    const server = await serve(() => false);
    const started = Date.now();
    const trying = dial(inputs(server.port, { password: 'wrong', dialErrorLimit: 3 }), operation());
    await expect(trying).rejects.toThrow(
      `connecting to stack@127.0.0.1:${server.port}: after 3 failed attempts: ssh: handshake failed`,
    );
    expect(Date.now() - started).toBeGreaterThanOrEqual(100 + 150 + 225);
    expect(server.logins()).toBeGreaterThanOrEqual(4);
    server.close();
  });

  test('without limit if dialErrorLimit is -1, until the time limit of the resource', async () => {
    const trying = dial(
      inputs(1, { password: 'x', dialErrorLimit: -1 }),
      operation(AbortSignal.timeout(400)),
    );
    await expect(trying).rejects.toThrow('context deadline exceeded');
  });
});

test('an unreadable key is refused at once, and not shown', async () => {
  const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n';
  const failure = await dial(inputs(1, { privateKey }), operation()).catch((error: Error) => error.message);
  expect(failure).toContain('connection.privateKey cannot be read');
  expect(failure).not.toContain('c2VjcmV0');
});
