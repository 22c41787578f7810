import * as fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { type ServerChannel, Server, utils } from 'ssh2';
import { stateDir } from '../../lib/paths';
import { existingText } from '../model/labs';
import { ed25519KeyPair } from '../toolchain/keys';

/**
 * Starts an SSH server in this process as the undercloud of lab `far`, and writes the lab file, Pulumi.far.yaml.
 *
 * @param folder of the lab file
 * @param onExec handles a command that `dcn` runs there
 * @param isAccepted whether logins succeed
 */
export async function startUndercloud(
  folder: string,
  onExec: (channel: ServerChannel, command: string) => void,
  isAccepted = true,
): Promise<Server> {
  const host = ed25519KeyPair().private;
  const server = new Server({ hostKeys: [host] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (auth) => (isAccepted ? auth.accept() : auth.reject()));
    client.on('session', (accept) => {
      accept().on('exec', (run, _reject, { command }) => onExec(run(), command));
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

/** Writes a stack into the lab's state: the lab counts as up. */
export function writeStack(lab: string): void {
  const file = path.join(stateDir(lab), `pulumi/.pulumi/stacks/glance-dcn/${lab}.json`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, '{}');
}
