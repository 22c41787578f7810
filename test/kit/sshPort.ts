import * as net from 'node:net';

/**
 * Opens port 22 at a loopback address, which then stands for a node that answers; SSH itself is the fake's.
 *
 * @returns a function that closes the port; the port may also be that of an sshd of this machine
 */
export async function openSshPort(address: string): Promise<() => void> {
  const server = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) =>
    server
      .once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve() : reject(error),
      )
      .listen(22, address, resolve),
  );
  return () => void server.close();
}

/** A loopback address of this process alone: another test may close its ports any time. @param number 1 or more */
export const ownAddress = (number: number): string =>
  `127.${1 + ((process.pid >> 8) % 254)}.${process.pid % 256}.${number}`;
