import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { UserError, openLab } from './context';
import { quote } from '../components/shell';
import { undercloudEndpoint } from './undercloud';

/**
 * `dcn ssh NODE [COMMAND…]`: a shell or a command on a node, by way of the undercloud as TripleO itself goes, or on
 * the `undercloud`. Gives the exit code.
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
  const undercloud = undercloudEndpoint(context);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-ssh-'));
  try {
    const knownHosts = path.join(directory, 'known_hosts');
    fs.writeFileSync(knownHosts, `[${undercloud.host}]:${undercloud.port} ${undercloud.hostKey ?? ''}\n`);
    const terminal = process.stdin.isTTY && command.length === 0 ? ['-t'] : [];
    const hop = target
      ? [
          'ssh',
          ...terminal,
          '-o',
          'LogLevel=ERROR',
          `tripleo-admin@${target.addresses.ctlplane}`,
          ...(command.length ? [command.map(quote).join(' ')] : []),
        ]
      : command;
    const result = await execa(
      'ssh',
      [
        ...terminal,
        ...['-p', String(undercloud.port), '-i', undercloud.privateKeyFile ?? '', '-o', 'IdentitiesOnly=yes'],
        ...[
          '-o',
          `UserKnownHostsFile=${knownHosts}`,
          '-o',
          'StrictHostKeyChecking=yes',
          '-o',
          'LogLevel=ERROR',
        ],
        `${undercloud.user}@${undercloud.host}`,
        ...(hop.length > 0 ? [hop.map(quote).join(' ')] : []),
      ],
      { stdio: 'inherit', reject: false },
    );
    return result.exitCode ?? 1;
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}
