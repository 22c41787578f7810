import { EventEmitter } from 'node:events';
import type { ClientChannel } from 'ssh2';
import { start } from '../../toolchain/provider-command/remoteCommand';

test('a command succeeds whose exit status arrives together with the reply to exec', async () => {
  const channel = new EventEmitter() as unknown as ClientChannel;
  const client = {
    exec: (_command: string, callback: (error: Error | undefined, stream: ClientChannel) => void) => {
      callback(undefined, channel);
      channel.emit('exit', 0);
      channel.emit('close');
    },
  };
  const { end } = await start(client as unknown as Parameters<typeof start>[0], 'true');
  expect(await end).toBeUndefined();
});
