import * as fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { type ServerChannel, Server, utils } from 'ssh2';
import { openLab } from '../../cli/context';
import { withKit } from '../../cli/undercloud';
import { verbs } from '../../kit/verbs';
import { existingText } from '../model/labs';
import { ed25519KeyPair } from '../toolchain/keys';

/* What `dcn` does to a verb of the kit, against an SSH server in this process. */

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** An undercloud on which every verb says that it has begun, and does `onEnd` when its input has ended. */
async function undercloud(onEnd: (input: string, channel: ServerChannel) => void): Promise<Server> {
  const host = ed25519KeyPair().private;
  const server = new Server({ hostKeys: [host] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (auth) => auth.accept());
    client.on('session', (accept) => {
      accept().on('exec', (begin) => {
        const channel = begin();
        let input = '';
        channel.on('data', (data: Buffer) => (input += data.toString()));
        channel.on('end', () => onEnd(input, channel));
        channel.stderr.write('has begun\n');
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  fs.writeFileSync(path.join(folder, 'key'), ed25519KeyPair().private);
  const key = utils.parseKey(host);
  if (key instanceof Error) {
    throw key;
  }
  const publicKey = `${key.type} ${key.getPublicSSH().toString('base64')}`;
  const text = existingText.replace(
    / {4}host: undercloud[^]*? {4}containerPrepare/,
    `    host: 127.0.0.1\n    port: ${port}\n    hostKey: ${publicKey}\n    privateKeyFile: key\n    containerPrepare`,
  );
  fs.writeFileSync(path.join(folder, 'Pulumi.far.yaml'), text);
  return server;
}

const document = { site: 'dcn0', zone: 'dcn0', image: 'plain' };

test('an interruption reaches the kit, and what it does about that is waited for', async () => {
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
  const run = withKit(openLab(path.join(folder, 'Pulumi.far.yaml')), (kit) =>
    kit.ask(verbs.servers.prove, { document, onLine, stop: stop.signal }),
  );
  const input = JSON.stringify(`${JSON.stringify(document)}\n...\n`);
  await expect(run).rejects.toThrow(`has begun\n${input}, and removed`);
  expect(said).toHaveLength(2);
  server.close();
});

test('an answer that the contract does not have is refused with its fault', async () => {
  const server = await undercloud((_, channel) => {
    channel.write('{"closed":"store dcn0"}\n');
    channel.exit(0);
    channel.end();
  });
  const run = withKit(openLab(path.join(folder, 'Pulumi.far.yaml')), (kit) =>
    kit.ask(verbs.site.close('dcn0')),
  );
  await expect(run).rejects.toThrow(
    /^kit site close dcn0: answered .*, where closed: .* Does the kit on the undercloud come from this checkout\?/,
  );
  server.close();
});
