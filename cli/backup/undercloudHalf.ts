import * as fs from 'node:fs';
import { once } from 'node:events';
import * as path from 'node:path';
import type { ClientChannel } from 'ssh2';
import * as z from 'zod';
import { projectRoot } from '../../lib/paths';
import { quote } from '../../lib/quote';
import { UserError } from '../../lib/userError';
import type { LabContext } from '../context';
import type { UndercloudConnection } from '../undercloud';
import type { UndercloudEntry } from './manifest';
import type { Sink } from './encryptedFile';
import { endOfTar, fileEntry } from './tar';

/* The undercloud's half of a backup, by kit/backup/half.py. */

/** Names in the archive, as in kit/backup/half.py. */
export const undercloudNames = {
  lab: 'undercloud/lab',
  stack: (name: string): string => `undercloud/stacks/${name}`,
  manifest: 'undercloud/manifest.json',
  end: 'undercloud/end',
};

/** Paths on the undercloud by the names of the parts. */
export type Parts = Record<string, string>;

/**
 * The parts of a lab on its undercloud: the kit's directory; TripleO's files of each stack, among them the passwords; the keys and
 * credentials with which the undercloud reaches nodes and cloud; the operator's own files that the lab file names.
 *
 * @param left sites that are up and not in the lab file; their stacks have the names of the sites, by default
 */
export function partsOf({ lab, plan: { undercloud, sites } }: LabContext, left: string[]): Parts {
  const { home, directory } = undercloud;
  const { containerPrepare } = lab.undercloud;
  const own = [
    ...(containerPrepare === undefined ? [] : [containerPrepare]),
    ...sites.flatMap(({ environments = [], publicTls, steps }) => [
      ...environments,
      ...(publicTls ? [publicTls.key] : []),
      ...steps.flatMap(({ commands }) => commands.flatMap((words) => optionsOf(words, '--keyring'))),
    ]),
  ];
  const files = [
    ...['id_rsa', 'id_rsa.pub', 'ceph-admin-id_rsa', 'ceph-admin-id_rsa.pub'].map(
      (name) => `${home}/.ssh/${name}`,
    ),
    ...sites.map(({ stack }) => `${home}/${stack}rc`),
    // Templates of TripleO come with its packages.
    ...own.filter((file) => !file.startsWith('/usr/')),
  ];
  return Object.fromEntries([
    [undercloudNames.lab, directory],
    ...[...sites.map(({ stack }) => stack), ...left].map((stack) => [
      undercloudNames.stack(stack),
      `${home}/overcloud-deploy/${stack}`,
    ]),
    ...files.map((file) => [`undercloud/files${file}`, file]),
  ]) as Parts;
}

/** The values of an option in the words of a command. */
function optionsOf(words: readonly string[], option: string): string[] {
  return words.flatMap((word, index) => (words[index - 1] === option ? [word] : []));
}

const checked = z.object({
  /** Name of the lab's kit, '' without one. */
  kit: z.string(),
  /** The parts of TripleO's stacks that have the passwords of their stack. */
  withPasswords: z.array(z.string()),
});

/** Refuses a backup that is not possible now. @throws UserError with all reasons */
export async function checkUndercloud(
  connection: UndercloudConnection,
  parts: Parts,
): Promise<z.infer<typeof checked>> {
  const channel = await start(connection, 'check', parts);
  channel.end();
  return checked.parse(JSON.parse(await printed(channel)));
}

/** Gives the tar of the parts, without its end, to `sink`. @throws UserError if work of the lab ran meanwhile */
export async function packUndercloud(
  connection: UndercloudConnection,
  parts: Parts,
  sink: Sink,
): Promise<void> {
  const channel = await start(connection, 'pack', parts);
  channel.end();
  await outcome(channel, async () => {
    for await (const bytes of channel) {
      await sink(bytes as Buffer);
    }
  });
}

const comparison = z.discriminatedUnion('state', [
  z.object({ state: z.literal('absent') }),
  z.object({ state: z.literal('equal') }),
  z.object({ state: z.literal('differs'), paths: z.array(z.string()), count: z.number() }),
  z.object({ state: z.literal('refused'), why: z.string() }),
]);
export type Comparison = z.infer<typeof comparison>;

/** What stands of each part. */
export async function compareUndercloud(
  connection: UndercloudConnection,
  parts: Parts,
  entries: Record<string, UndercloudEntry>,
): Promise<Record<string, Comparison>> {
  const channel = await start(connection, 'compare', parts);
  channel.end(JSON.stringify(entries));
  return z.record(z.string(), comparison).parse(JSON.parse(await printed(channel)));
}

/**
 * Writes parts that are absent on the undercloud.
 *
 * @param write gives the entries of the parts as a tar without its end
 * @throws UserError if the undercloud refuses; then none of the parts is there, or some are, complete
 */
export async function unpackUndercloud(
  connection: UndercloudConnection,
  parts: Parts,
  write: (sink: Sink) => Promise<void>,
): Promise<void> {
  const channel = await start(connection, 'unpack', parts);
  let isClosed = false;
  const closed = once(channel, 'close').then(() => (isClosed = true));
  const sink: Sink = async (bytes) => {
    if (!isClosed && !channel.write(bytes)) {
      await Promise.race([once(channel, 'drain'), closed]);
    }
    if (isClosed) {
      throw new ChannelClosed('undercloud: ended early');
    }
  };
  await outcome(channel, async () => {
    channel.resume();
    await write(sink);
    await sink(fileEntry(undercloudNames.end, Buffer.alloc(0)));
    await sink(endOfTar);
    channel.end();
  });
}

/** Starts the program. Its standard input stays open after the parts. */
async function start({ client }: UndercloudConnection, verb: string, parts: Parts): Promise<ClientChannel> {
  const text = fs.readFileSync(path.join(projectRoot, 'kit/backup/half.py'), 'utf8');
  const command = ['python3', '-c', text, verb].map(quote).join(' ');
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(command, (error, opened) =>
      error ? reject(new UserError(`undercloud: ${error.message}`)) : resolve(opened),
    );
  });
  channel.write(`${JSON.stringify(parts)}\n`);
  return channel;
}

async function printed(channel: ClientChannel): Promise<string> {
  const parts: Buffer[] = [];
  await outcome(channel, async () => {
    for await (const bytes of channel) {
      parts.push(bytes as Buffer);
    }
  });
  return Buffer.concat(parts).toString('utf8');
}

/** The program has ended before all was written: it has said why. */
class ChannelClosed extends UserError {}

/** Waits for `work` with a channel and for the end of its program. @throws UserError with what the program says */
async function outcome(channel: ClientChannel, work: () => Promise<void>): Promise<void> {
  let said = '';
  let code: number | null | undefined;
  channel.stderr.on('data', (data: Buffer) => (said += data.toString('utf8')));
  channel.on('exit', (exit: number | null) => (code = exit));
  // A write into a channel that the program has closed meanwhile: the program's message says more.
  channel.on('error', () => undefined);
  const closed = once(channel, 'close');
  try {
    await work();
  } catch (error) {
    channel.close();
    if (!(error instanceof ChannelClosed)) {
      throw error;
    }
  }
  await closed;
  if (code !== 0) {
    const ended = 'the connection to the undercloud was ended: run the same command again';
    throw new UserError(
      said.trim() || `undercloud: ${typeof code === 'number' ? `python3 ended with ${code}` : ended}`,
    );
  }
}
