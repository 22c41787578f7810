import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { UserError, openLab } from './context';
import { quote } from '../components/shell';
import { reachableEndpoint } from './undercloud';

/** TripleO does not pin its nodes' host keys either (ansible.cfg of config download). */
const hopOptions = [
  '-o',
  'LogLevel=ERROR',
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  'UserKnownHostsFile=/dev/null',
];

/**
 * `dcn ssh NODE [COMMAND…]`: a shell or a command on a node, by way of the undercloud as TripleO itself goes, or on
 * the `undercloud`. The words of the command are joined and read by the remote shell, as `ssh` does. Gives the exit code.
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
  const undercloud = reachableEndpoint(context);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-ssh-'));
  try {
    const knownHosts = path.join(directory, 'known_hosts');
    fs.writeFileSync(knownHosts, `[${undercloud.host}]:${undercloud.port} ${undercloud.hostKey ?? ''}\n`);
    const terminal = process.stdin.isTTY && command.length === 0 ? ['-t'] : [];
    const words = command.join(' ');
    const remote = target
      ? ['ssh', ...terminal, ...hopOptions, `tripleo-admin@${target.addresses.ctlplane}`]
      : [];
    const line = [...remote.map(quote), ...(words ? [target ? quote(words) : words] : [])].join(' ');
    const result = await execa(
      'ssh',
      [
        ...terminal,
        ...['-p', String(undercloud.port), '-i', undercloud.privateKeyFile, '-o', 'IdentitiesOnly=yes'],
        ...[
          '-o',
          `UserKnownHostsFile=${knownHosts}`,
          '-o',
          'StrictHostKeyChecking=yes',
          '-o',
          'LogLevel=ERROR',
        ],
        `${undercloud.user}@${undercloud.host}`,
        ...(line ? [line] : []),
      ],
      { stdio: 'inherit', reject: false },
    );
    return result.exitCode ?? 1;
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
