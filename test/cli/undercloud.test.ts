import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { type ParsedKey, type Server, type ServerChannel, utils } from 'ssh2';
import { openLab } from '../../cli/context';
import { withKit } from '../../cli/undercloud';
import { verbs } from '../../kit/verbs';
import { stateDir } from '../../lib/paths';
import { UserError } from '../../lib/userError';
import type { AuditDocument } from '../../model';
import { devText } from '../model/labs';
import { ed25519KeyPair } from '../toolchain/keys';
import { startUndercloud, writeStack } from './undercloudServer';
import { folderOfEachTest } from '../folderOfEachTest';

/* How `dcn` runs verbs of the kit, against an SSH server in this process. */

const folder = folderOfEachTest('state');
beforeEach(() => {
  ['far', 'mine'].forEach(writeStack);
});

/** An undercloud on which every verb prints `has started`, and calls `onEnd` at the end of its input. */
function undercloud(onEnd: (input: string, channel: ServerChannel) => void): Promise<Server> {
  return startUndercloud(folder(), (channel) => {
    let input = '';
    channel.on('data', (data: Buffer) => (input += data.toString()));
    channel.on('end', () => onEnd(input, channel));
    channel.stderr.write('has started [dcn:runs]\n');
  });
}

const document = { site: 'dcn0', zone: 'dcn0', image: 'plain' };

test('an interruption reaches the kit, and dcn waits until the kit has cleaned up', async () => {
  const server = await undercloud((input, channel) =>
    setTimeout(() => {
      channel.stderr.write(`${JSON.stringify(input)}, and removed\n`);
      channel.exit(130);
      channel.end();
    }, 300),
  );
  const stop = new AbortController();
  const said: string[] = [];
  const onLine = (line: string): void => {
    said.push(line);
    stop.abort();
  };
  const run = withKit(openLab(path.join(folder(), 'Pulumi.far.yaml')), (kit) =>
    kit.ask(verbs.servers.prove, { document, onLine, stop: stop.signal }),
  );
  const input = JSON.stringify(`${JSON.stringify(document)}\n...\n`);
  await expect(run).rejects.toThrow(`has started\n${input}, and removed`);
  // People see lines without their marks.
  expect(said).toEqual(['has started', `${input}, and removed`]);
  server.close();
});

test('an answer that breaks the contract is refused, with its fault', async () => {
  const server = await undercloud((_, channel) => {
    channel.write('{"closed":"store dcn0"}\n');
    channel.exit(0);
    channel.end();
  });
  const run = withKit(openLab(path.join(folder(), 'Pulumi.far.yaml')), (kit) =>
    kit.ask(verbs.site.close('dcn0')),
  );
  await expect(run).rejects.toThrow(
    /^kit site close dcn0: answered .*, where closed: .* Does the kit on the undercloud come from this checkout\?/,
  );
  server.close();
});

test('a connection that has ended is a fault of the verb, with its remedy', async () => {
  const server = await undercloud((_, channel) => channel.end());
  const ended = withKit(openLab(path.join(folder(), 'Pulumi.far.yaml')), async (kit) => {
    kit.close();
    await kit.ask(verbs.stores.expect(1));
  });
  await expect(ended).rejects.toEqual(
    new UserError('kit stores expect 1: Not connected. Run the command again.'),
  );
  await expect(ended).rejects.toBeInstanceOf(UserError);
  server.close();
});

test('an undercloud without the kit is named with the command that brings the lab up', async () => {
  const server = await undercloud((_, channel) => {
    channel.stderr.write("python3: can't open file '/home/stack/dcn/far/kit': [Errno 2] No such file\n");
    channel.exit(2);
    channel.end();
  });
  const file = path.join(folder(), 'Pulumi.far.yaml');
  await expect(withKit(openLab(file), (kit) => kit.text(verbs.status.text))).rejects.toThrow(
    `kit status: /home/stack/dcn/far/kit is not on the undercloud. Is the lab up? ./dcn --lab ${file} up`,
  );
  server.close();
});

test.each([
  ['kit audit: error: unrecognized arguments: --content 64', verbs.audit([], 64)],
  ["kit: error: argument VERB: invalid choice: 'audit' (choose from 'check', 'job')", verbs.audit([])],
])(
  'a kit of another version prints %s, and the message says how to install that of this checkout',
  async (fault, verb) => {
    const server = await undercloud((_, channel) => {
      channel.stderr.write(`usage: kit [-h] VERB ...\n${fault} [dcn:error]\n`);
      channel.exit(2);
      channel.end();
    });
    const file = path.join(folder(), 'Pulumi.far.yaml');
    const asked = withKit(openLab(file), (kit) => kit.ask(verb, { document: {} as AuditDocument }));
    await expect(asked).rejects.toEqual(
      new UserError(
        `kit ${verb.words.join(' ')}: the kit on the undercloud does not know these words: it is not the kit of this checkout. ` +
          `To install the kit of this checkout: ./dcn --lab ${file} up`,
      ),
    );
    server.close();
  },
);

test('a kit is not missing because the connection ended', async () => {
  const answers: ((channel: ServerChannel) => void)[] = [
    (channel): void => channel.exit(0),
    (channel): void => channel.exit(1),
    (): void => undefined,
  ];
  const server = await startUndercloud(folder(), (channel) => {
    answers.shift()?.(channel);
    channel.end();
  });
  const asked = (): Promise<boolean> =>
    withKit(openLab(path.join(folder(), 'Pulumi.far.yaml')), (kit) => kit.isInstalled());
  expect(await asked()).toBe(true);
  expect(await asked()).toBe(false);
  await expect(asked()).rejects.toThrow(
    /^undercloud: test -e .*\/kit: ended without an answer\. Run the command again\.$/,
  );
  server.close();
});

describe('a verb that is held', () => {
  const holding = (): Promise<void> =>
    withKit(openLab(path.join(folder(), 'Pulumi.far.yaml')), (kit) =>
      kit.hold(verbs.adoption.begin, { sites: [] }),
    );

  test('has read its document, and runs until the shell is closed', async () => {
    let ended: Promise<unknown> = Promise.resolve();
    const inputs: string[] = [];
    const server = await startUndercloud(folder(), (channel) => {
      channel.on('data', (data: Buffer) => {
        inputs.push(data.toString());
        channel.write('{"sites":[]}\n');
      });
      ended = once(channel, 'close');
    });
    await holding();
    expect(inputs.join('')).toBe('{"sites":[]}\n...\n');
    server.close();
    await once(server, 'close');
    await ended;
  });

  test.each([
    ['has refused', 'a stack is missing: name it [dcn:error]\n', 'a stack is missing: name it'],
    [
      'ended silently',
      '',
      'kit adoption begin: ended with exit code 1 and no message. Run the command again; jobs on the undercloud continue.',
    ],
  ])('%s', async (_, stderr, message) => {
    const server = await startUndercloud(folder(), (channel) => {
      channel.resume();
      channel.stderr.write(stderr);
      channel.exit(1);
      channel.end();
    });
    await expect(holding()).rejects.toEqual(new UserError(message));
    server.close();
  });
});

describe('an undercloud that cannot be reached', () => {
  const refused = (file: string): Promise<unknown> => withKit(openLab(file), async () => undefined);

  /** The port of an undercloud that has gone. */
  async function closedPort(): Promise<number> {
    const server = await undercloud(() => undefined);
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  test('of existing hosts: the remedy names keys of the lab file, and firewalls', async () => {
    await closedPort();
    await expect(refused(path.join(folder(), 'Pulumi.far.yaml'))).rejects.toThrow(
      /^undercloud stack@127\.0\.0\.1:\d+: .*ECONNREFUSED.*\. Nothing was changed\. Check host and port .* firewalls/,
    );
  });

  /** Changes the lab file of `far`. @returns its path */
  function changed(key: string, value: string | number): string {
    const file = path.join(folder(), 'Pulumi.far.yaml');
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, text.replace(new RegExp(`^    ${key}: .*$`, 'm'), `    ${key}: ${value}`));
    return file;
  }

  test('of a name that nobody knows', async () => {
    await closedPort();
    await expect(refused(changed('host', 'undercloud.invalid'))).rejects.toThrow(
      /^undercloud stack@undercloud\.invalid:\d+: getaddrinfo \w+ undercloud\.invalid\. Nothing was changed\. Check host and port/,
    );
  });

  test('of a server that accepts connections and says nothing', async () => {
    await closedPort();
    const silent = net.createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    silent.on('connection', (socket) => {
      socket.on('error', () => undefined).resume();
      jest.advanceTimersByTime(20_000);
    });
    const { port } = silent.address() as net.AddressInfo;
    await expect(refused(changed('port', port))).rejects.toThrow(
      /^undercloud stack@127\.0\.0\.1:\d+: Timed out while waiting for handshake\. Nothing was changed\. Check host and port/,
    );
    jest.useRealTimers();
    silent.close();
  });

  test('that refuses the login: the remedy names authorized_keys', async () => {
    const server = await startUndercloud(folder(), () => undefined, false);
    await expect(refused(path.join(folder(), 'Pulumi.far.yaml'))).rejects.toThrow(
      /^undercloud stack@127\.0\.0\.1:\d+: All configured authentication methods failed\. Nothing was changed\. Put the public key of glance-dcn:undercloud\.privateKeyFile into that user's authorized_keys/,
    );
    server.close();
  });

  test('that has another host key: the message has both, and how to compare them', async () => {
    const server = await undercloud(() => undefined);
    const other = utils.parseKey(ed25519KeyPair().private) as ParsedKey;
    const file = changed('hostKey', `ssh-ed25519 ${other.getPublicSSH().toString('base64')}`);
    await expect(refused(file)).rejects.toThrow(
      /^undercloud stack@127\.0\.0\.1:\d+: it has the host key SHA256:(\S{43}), and the known one is SHA256:(?!\1)\S{43}\. Nothing was changed\. Compare the key on the console of that host \(ssh-keygen -lf /,
    );
    server.close();
  });

  test('of the sandbox: the remedy names this lab', async () => {
    const file = path.join(folder(), 'Pulumi.mine.yaml');
    const sshPort = await closedPort();
    fs.writeFileSync(file, devText.replace('servers: true', `servers: true, sshPort: ${sshPort}`));
    await expect(refused(file)).rejects.toThrow(`Bring the lab up: ./dcn --lab ${file} up`);
    const key = path.join(stateDir('mine'), 'sandbox', 'id_ed25519');
    fs.mkdirSync(path.dirname(key), { recursive: true });
    fs.writeFileSync(key, ed25519KeyPair().private);
    await expect(refused(file)).rejects.toThrow(`Is the lab up? ./dcn --lab ${file} up`);
  });
});
