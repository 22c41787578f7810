import { type ChildProcess, execFileSync } from 'node:child_process';
import { quote } from '../../lib/quote';
import { inHost, runningHosts } from '../../sandbox/hosts/container';
import { powerOff, startAgain } from '../../sandbox/hosts/hosts';
import { changeWanLink } from '../../sandbox/network/wan';
import type { SandboxPaths } from '../../sandbox/paths';
import { fillSmallDisk, mountSmallDisk } from './smallDisk';

/** What ends a fault; returns at once where the fault's effect is done. */
export type End = () => Promise<unknown>;

/** A fault that strikes a lab while a verb of `./dcn` runs. */
export interface Fault {
  /**
   * Strikes; gives the fault's end, or undefined where there is nothing to strike: a process that does not run, a
   * host that does not exist.
   * @param verb the running `./dcn`, without a shell around it
   */
  strike: (paths: SandboxPaths, verb: ChildProcess) => Promise<End | undefined>;
  /** How long the fault lasts. */
  seconds: number;
  /** What a verb must run for the fault to have something to strike; absent: every verb has it. */
  strikes?: 'pulumi' | 'jobs';
}

/** What a host needs once the fault has ended; `until` is the moment until which the fault lasted. */
type Afterwards = (paths: SandboxPaths, until: Date) => Promise<unknown>;

const atOnce: End = () => Promise.resolve();
const nothing: Afterwards = () => Promise.resolve();
const undercloud = 'undercloud';
const controller = 'oc0-controller-0';
const edge = { site: 'dcn1', host: 'oc0-ceph-5' };

export const faults: Record<string, Fault> = {
  'kill -9 of ./dcn': killBelow(/cli\/start\.cjs/),
  'kill -9 of pulumi': { ...killBelow(/^(\S*\/)?pulumi /), strikes: 'pulumi' },
  'kill -9 of a plugin': { ...killBelow(/pulumi-(resource|language)-/), strikes: 'pulumi' },
  'kill -9 of a supervisor': { ...killOnUndercloud('/kit supervise '), strikes: 'jobs' },
  'kill -9 of openstack': { ...killOnUndercloud('bin/openstack '), strikes: 'jobs' },
  'power loss of an edge node': powerLoss(edge.host, nothing),
  'power loss of the Controller': powerLoss(controller, expireImports),
  'power loss of the undercloud': powerLoss(undercloud, mountSmallDisk),
  'kill -9 of a site’s glance-api': killUnit(edge.host, 'glance-api', nothing),
  'kill -9 of the control plane’s glance-api': killUnit(controller, 'glance-api', expireImports),
  'kill -9 of an OSD': killUnit(edge.host, 'ceph-osd@*', nothing),
  'kill -9 of a Ceph monitor': killUnit(edge.host, 'ceph-mon@*', nothing),
  'WAN cut': onWan('cut', 'restore', 10),
  'WAN at 1 Mbit/s': onWan('1mbit', 'off', 20),
  'WAN that loses 5 % of the packets': lossOf(5, 20),
  'full disk of the undercloud': { strike: fillSmallDisk, seconds: 10 },
  'full OSDs': fullOsds(10),
};

/** Kills one of the processes of `./dcn`: the first whose command line matches. */
function killBelow(which: RegExp): Fault {
  return {
    seconds: 0,
    strike: async (_, verb) => {
      const victim = processesOf(verb).find(({ line }) => which.test(line));
      if (!victim) {
        return undefined;
      }
      process.kill(victim.pid, 'SIGKILL');
      return atOnce;
    },
  };
}

interface Process {
  pid: number;
  parent: number;
  line: string;
}

/** A process and its descendants. */
function processesOf({ pid }: ChildProcess): Process[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args=']).toString().split('\n');
  const all = lines.flatMap((text) => {
    const [, child, parent, line] = /^ *(\d+) +(\d+) (.*)$/.exec(text) ?? [];
    return line === undefined ? [] : [{ pid: Number(child), parent: Number(parent), line }];
  });
  const below = (parent: number): Process[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)]);
  return [...all.filter((each) => each.pid === pid), ...below(pid as number)];
}

/** Kills the oldest process of the undercloud whose command line matches. */
function killOnUndercloud(pattern: string): Fault {
  return {
    seconds: 0,
    strike: async (paths) => {
      const killed = await onHost(
        paths,
        undercloud,
        `pkill --signal KILL --oldest --full '${pattern}' && echo yes`,
      );
      return killed ? atOnce : undefined;
    },
  };
}

function powerLoss(host: string, afterwards: Afterwards): Fault {
  return {
    seconds: 5,
    strike: async (paths) => {
      if (!(await runningHosts(paths)).has(host)) {
        return undefined;
      }
      await powerOff(paths, host, 'power-loss');
      return async () => {
        const until = new Date();
        await startAgain(paths, host);
        await afterwards(paths, until);
      };
    },
  };
}

/** Kills the running systemd units of a host that match, and starts them again at the end. */
function killUnit(host: string, pattern: string, afterwards: Afterwards): Fault {
  return {
    seconds: 5,
    strike: async (paths) => {
      const listed = `systemctl list-units --plain --no-legend --state=active '${pattern}' | cut -d ' ' -f 1`;
      const units = (await onHost(paths, host, listed)).trim().replaceAll('\n', ' ');
      if (!units) {
        return undefined;
      }
      await onHost(paths, host, `systemctl kill --signal=KILL ${units}; systemctl stop ${units}`);
      return async () => {
        const until = new Date();
        await onHost(paths, host, `systemctl reset-failed ${units}; systemctl start ${units}`);
        await afterwards(paths, until);
      };
    },
  };
}

/**
 * Stands in for the two hours after which Glance gives away the lock of an import whose glance-api has ended
 * (kit/cloud/imports.py): sets back the tasks of the imports that did not end before `until`.
 */
async function expireImports(paths: SandboxPaths, until: Date): Promise<void> {
  const moment = until.toISOString().slice(0, 19).replace('T', ' ');
  const sql =
    'UPDATE tasks SET updated_at = updated_at - INTERVAL 2 HOUR ' +
    `WHERE status IN ('pending', 'processing') AND updated_at <= '${moment}'`;
  const update = `mariadb glance --execute ${quote(sql)}`;
  await inHost(paths, controller, ['timeout', '60', 'bash', '-c', `until ${update}; do sleep 1; done`]);
}

function onWan(order: string, undo: string, seconds: number): Fault {
  return {
    seconds,
    strike: async ({ lab }) => {
      await changeWanLink(lab, edge.site, order);
      return () => changeWanLink(lab, edge.site, undo);
    },
  };
}

/** Loses packets of the edge node in both directions: the kernel of the sandbox's hosts need not have netem. */
function lossOf(percent: number, seconds: number): Fault {
  const drop = ['input iifname', 'output oifname'].map((hook) => {
    const [chain] = hook.split(' ');
    const lose = `${hook.split(' ')[1]} != "lo" numgen random mod 100 < ${percent} drop`;
    return `add chain inet chaos ${chain} { type filter hook ${chain} priority -10; }; add rule inet chaos ${chain} ${lose}`;
  });
  return {
    seconds,
    strike: async (paths) => {
      const added = await onHost(
        paths,
        edge.host,
        `nft 'add table inet chaos; ${drop.join('; ')}' && echo yes`,
      );
      return added ? () => onHost(paths, edge.host, 'nft delete table inet chaos') : undefined;
    },
  };
}

/** OSDs that count as full accept no write: clients wait. */
function fullOsds(seconds: number): Fault {
  const ratio = (value: number): string =>
    `ceph --cluster ${edge.site} --connect-timeout 5 osd set-full-ratio ${value}`;
  return {
    seconds,
    strike: async (paths) => {
      const full = await onHost(paths, edge.host, `${ratio(0.0001)} && echo yes`);
      return full ? () => onHost(paths, edge.host, ratio(0.95)) : undefined;
    },
  };
}

/** Output of a command line on a host as root; empty if the host does not run, or the command fails. */
async function onHost(paths: SandboxPaths, host: string, command: string): Promise<string> {
  if (!(await runningHosts(paths)).has(host)) {
    return '';
  }
  return inHost(paths, host, ['bash', '-c', `(${command}) 2>/dev/null || true`]);
}
