import type { Client, ClientChannel } from 'ssh2';
import { type ConnectionInputs, dial } from './connection';
import { abortion, type Operation } from './operation';
import { type CommandOutput, type Logging, OutputCollector, previousOutput } from './output';
import { goQuote } from './text';

/** Inputs of `remote.Command` for running a command. */
export interface RemoteCommandInputs {
  connection: ConnectionInputs;
  environment?: Record<string, string>;
  addPreviousOutputInEnv?: boolean;
  stdin?: string;
  logging?: Logging;
}

/** Internals of ssh2 1.17.0. Its public interface does not say whether the server accepted a variable. */
interface Ssh2Inside {
  _protocol: {
    env(channel: number, name: string, value: string, wantReply: boolean): void;
    exec(channel: number, command: string, wantReply: boolean): void;
  };
  _chanMgr: { get(channel: number): { _callbacks: ((failed: boolean) => void)[] } };
}

/**
 * Sets environment variables for the next command of this connection. The command starts when the server has answered for
 * each variable. An sshd accepts only the variables of its AcceptEnv: a refused variable of `required` fails the command; a
 * refused variable of `optional` gives a warning, and the command runs without it.
 */
function setEnvironment(
  client: Client,
  required: Record<string, string>,
  optional: Record<string, string>,
  operation: Operation,
): void {
  const variables = [
    ...Object.entries(required).map(([name, value]) => ({ name, value, required: true })),
    ...Object.entries(optional).map(([name, value]) => ({ name, value, required: false })),
  ];
  if (variables.length === 0) {
    return;
  }
  const { _protocol: protocol, _chanMgr: channels } = client as unknown as Ssh2Inside;
  const exec = protocol.exec.bind(protocol);
  protocol.exec = (id, command, wantReply) => {
    const { _callbacks: replies } = channels.get(id);
    const execReply = replies.pop();
    let waiting = variables.length;
    let refused: string | undefined;
    for (const variable of variables) {
      replies.push((failed) => {
        if (failed) {
          const text =
            `Unable to set '${variable.name}'. This only works if your SSH server is configured to accept these variables via ` +
            `AcceptEnv. Alternatively, if a Bash-like shell runs the command on the remote host, you could prefix the command ` +
            `itself with the variables in the form 'VAR=value command'`;
          if (variable.required) {
            operation.log.error(text);
            refused ??= variable.name;
          } else {
            operation.log.warn(text);
          }
        }
        waiting -= 1;
        if (waiting > 0 || !execReply) {
          return;
        }
        if (refused !== undefined) {
          const error = new Error(
            `could not set environment variable ${goQuote(refused)}: ssh: setenv failed`,
          );
          (execReply as (failed: unknown) => void)(error);
        } else {
          replies.push(execReply);
          exec(id, command, wantReply);
        }
      });
      protocol.env(id, variable.name, variable.value, true);
    }
  };
}

/**
 * Starts a command. Listens for its end at once: for a short command, reply, output and exit status can arrive in one packet,
 * and ssh2 emits their events without returning to the event loop.
 */
export function start(
  client: Pick<Client, 'exec'>,
  command: string,
): Promise<{ channel: ClientChannel; end: Promise<string | undefined> }> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) {
        reject(error);
      } else {
        resolve({ channel, end: ended(channel) });
      }
    });
  });
}

/** Resolves when the command has exited and its output is complete: to the reason of a failure, or undefined. */
function ended(channel: ClientChannel): Promise<string | undefined> {
  return new Promise((resolve) => {
    let failure: string | undefined = 'wait: remote command exited without exit status or exit signal';
    channel.on('exit', (code: number | null, signal?: string) => {
      if (code === null) {
        failure = `Process exited with status 128 from signal ${(signal ?? 'unknown').replace(/^SIG/, '')}`;
      } else {
        failure = code === 0 ? undefined : `Process exited with status ${code}`;
      }
    });
    channel.on('close', () => resolve(failure));
  });
}

/**
 * Runs a command over a new connection.
 *
 * @throws Error with the reason, the command and its output, as the real provider formats them
 */
export async function runRemotely(
  command: string,
  inputs: RemoteCommandInputs,
  previous: Partial<CommandOutput> | undefined,
  operation: Operation,
): Promise<CommandOutput> {
  const connection = await dial(inputs.connection, operation);
  const cancelled = abortion(operation.cancelled);
  try {
    const handDown = inputs.addPreviousOutputInEnv === false ? {} : previousOutput(previous);
    setEnvironment(connection.client, inputs.environment ?? {}, handDown, operation);
    const { channel, end } = await Promise.race([start(connection.client, command), cancelled.rejected]);
    const collector = new OutputCollector(operation.log, inputs.logging);
    collector.read(channel, 'stdout');
    collector.read(channel.stderr, 'stderr');
    // The command may exit without reading its input. Its exit status decides.
    channel.on('error', () => undefined);
    channel.end(inputs.stdin ?? '');
    const failure = await Promise.race([end, cancelled.rejected]);
    if (failure !== undefined) {
      throw new Error(`${failure}: running ${goQuote(command)}:\n${collector.all()}`);
    }
    return collector.output();
  } finally {
    cancelled.release();
    connection.close();
    await operation.log.flushed();
  }
}
