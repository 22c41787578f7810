import * as fs from 'node:fs';
import * as https from 'node:https';
import * as net from 'node:net';
import { stringify } from 'yaml';
import { type Certificate, makeChain } from '../certificates';
import type { TestUndercloud } from './undercloud';

export const read = (file: string): string => fs.readFileSync(file, 'utf8');

/**
 * Makes a certificate of 127.0.0.1 and localhost, the CA behind it, and one between both.
 * @returns `server`, `between`: the certificates; `document`: the part `publicTls` of the document of `site check`
 */
export async function goodCertificate(
  here: TestUndercloud,
  days?: number,
): Promise<{
  server: Certificate;
  between: Certificate;
  document: { certificate: string; ca: string; key: string; address: string };
}> {
  const { chain, ca, server, between } = await makeChain(here.home, 'IP:127.0.0.1,DNS:localhost', days);
  return {
    server,
    between,
    document: { certificate: read(chain), ca: read(ca), key: server.key, address: '127.0.0.1' },
  };
}

/** Starts a proxy of a server that closes the first `drops` connections once the client has spoken; gives the port of the proxy. */
async function flaky(servers: net.Server[], behind: number, drops: number): Promise<number> {
  let left = drops;
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    if (left > 0) {
      left -= 1;
      socket.once('data', () => socket.destroy());
      return;
    }
    const further = net.connect(behind, '127.0.0.1').on('error', () => undefined);
    further.on('close', () => socket.destroy());
    socket.on('close', () => further.destroy());
    socket.pipe(further).pipe(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

/**
 * A control plane whose rc file leads to an https Keystone, and whose other end point has another certificate. Each end point closes
 * its first `drops` connections.
 */
export async function controlPlane(
  here: TestUndercloud,
  keystone: Certificate,
  glance: Certificate,
  drops = 0,
): Promise<{ hosts: string[]; close: () => void }> {
  const servers: net.Server[] = [];
  const start = async ({ certificate, key }: Certificate, answer: https.ServerOptions | object) => {
    const server = https.createServer({ cert: read(certificate), key: read(key) }, (_, response) =>
      response.writeHead(201, { 'X-Subject-Token': 'x' }).end(JSON.stringify(answer)),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${await flaky(servers, (server.address() as net.AddressInfo).port, drops)}`;
  };
  const images = await start(glance, { images: [], stores: [] });
  const endpoint = (type: string, url: string) => ({
    type,
    endpoints: [{ interface: 'public', region: 'r', url }],
  });
  const url = await start(keystone, {
    token: { catalog: [endpoint('image', images), endpoint('volume', images)] },
  });
  here.write(
    'control-planerc',
    `export OS_AUTH_URL=${url}\nexport OS_USERNAME=admin\nexport OS_PASSWORD=secret-1\n`,
  );
  return {
    hosts: [url, images].map((one) => one.replace('https://', '')),
    close: () => servers.forEach((server) => void server.close()),
  };
}

/** Puts the document of a deployment with the lab's own CA on record. */
export function deployedWith(here: TestUndercloud, ca: string): void {
  const files = { 'control-plane/public-certificate.pem': '', 'control-plane/public-ca.pem': ca };
  here.write('dcn/dev/jobs/control-plane/overcloud-stack/doc.yaml', stringify({ commands: [], files }));
  here.write('dcn/dev/control-plane/public-ca.pem', ca);
}
