import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { UserError } from '../../lib/userError';
import { openLab } from '../context';
import { quote } from '../../lib/quote';
import { type SshServer, nodeUser } from '../../model';
import { reachableEndpoint } from '../endpoint';

/** For SSH from the undercloud to a node: TripleO does not check host keys of nodes either (ansible.cfg of config download). */
const hopOptions = [
  '-o',
  'LogLevel=ERROR',
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  'UserKnownHostsFile=/dev/null',
];

/**
 * `dcn ssh NODE [COMMAND…]`: runs a shell or a command on the undercloud, or through it on a node. As with `ssh`, the
 * words of the command are joined and read by the remote shell.
 *
 * @returns the exit code
 */
export async function ssh(option: string, node: string, command: string[]): Promise<number> {
  const context = openLab(option);
  const nodes = context.plan.sites.flatMap((site) => site.nodes);
  const target = nodes.find((candidate) => candidate.name === node);
  if (!target && node !== 'undercloud') {
    throw new UserError(
      `node ${node}: not in lab ${context.name}. Nodes: undercloud, ${nodes.map((n) => n.name).join(', ')}.`,
    );
  }
  const undercloud = await reachableEndpoint(context);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-ssh-'));
  try {
    const knownHosts = path.join(directory, 'known_hosts');
    const hops = [undercloud, ...(undercloud.bastion ? [undercloud.bastion] : [])];
    fs.writeFileSync(knownHosts, hops.map(knownHostsLine).join(''));
    const options = [
      ...['-i', undercloud.privateKeyFile, '-o', 'IdentitiesOnly=yes', '-o', 'LogLevel=ERROR'],
      ...['-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'GlobalKnownHostsFile=/dev/null'],
      ...['-o', 'StrictHostKeyChecking=yes'],
    ];
    const terminal = process.stdin.isTTY && command.length === 0 ? ['-t'] : [];
    const words = command.join(' ');
    const remote = target
      ? ['ssh', ...terminal, ...hopOptions, `${nodeUser}@${target.addresses.ctlplane}`]
      : [];
    const line = [...remote.map(quote), ...(words ? [target ? quote(words) : words] : [])].join(' ');
    const result = await execa(
      'ssh',
      [
        ...terminal,
        ...options,
        ...(undercloud.bastion ? ['-o', `ProxyCommand=${proxy(undercloud.bastion, options)}`] : []),
        ...to(undercloud),
        ...(line ? [line] : []),
      ],
      { stdio: 'inherit', reject: false },
    );
    return result.exitCode ?? 1;
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** A line of known_hosts: for port 22 OpenSSH looks for the host name without a port. */
function knownHostsLine({ host, port, hostKey }: SshServer): string {
  return hostKey ? `${port === 22 ? host : `[${host}]:${port}`} ${hostKey}\n` : '';
}

function to({ host, port, user }: SshServer): string[] {
  return ['-p', String(port), `${user}@${host}`];
}

/** The ProxyCommand for a connection through a bastion; ssh replaces %h and %p. */
function proxy(bastion: SshServer, options: string[]): string {
  const words = ['ssh', ...options, '-W', '%h:%p', ...to(bastion)];
  return words.map((word) => (word === '%h:%p' ? word : quote(word.replaceAll('%', '%%')))).join(' ');
}
