import * as fs from 'node:fs';

/** Programs whose memory is counted, by what their command lines have. */
const kinds = {
  dcn: /\0[^\0]*cli\/start\.cjs\0/,
  pulumi: /^[^\0]*pulumi\0/,
  /** The stacks' programs. */
  program: /@pulumi\/pulumi\/cmd\/run/,
  /** Language host and provider of each stack, and short-lived helpers. */
  plugin: /(?:)/,
} satisfies Record<string, RegExp>;
export type Kind = keyof typeof kinds;

/** MiB of memory by the kind of program (PSS: each process has its share of shared pages), and the number of processes. */
export type Memory = Record<Kind, { mib: number; count: number }>;

const none = (): Memory => ({
  dcn: { mib: 0, count: 0 },
  pulumi: { mib: 0, count: 0 },
  program: { mib: 0, count: 0 },
  plugin: { mib: 0, count: 0 },
});

/** MiB of all kinds together. */
export const sum = (memory: Memory): number => Object.values(memory).reduce((all, { mib }) => all + mib, 0);

/** Watches the memory of a process and of all its descendants, every second, until `end` gives the greatest sum that was seen. */
export function watchMemory(root: number): { end: () => Memory } {
  let most = none();
  const timer = setInterval(() => {
    const now = memoryOf(root);
    if (sum(now) > sum(most)) {
      most = now;
    }
  }, 1000);
  return {
    end: () => {
      clearInterval(timer);
      return most;
    },
  };
}

function memoryOf(root: number): Memory {
  const memory = none();
  for (const pid of descendants(root).slice(1)) {
    try {
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const [, kib] = /^Pss: +(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
      const kind = (Object.keys(kinds) as Kind[]).find((name) => kinds[name].test(command)) as Kind;
      memory[kind].mib += Number(kib ?? 0) / 1024;
      memory[kind].count += 1;
    } catch {
      // The process has ended meanwhile.
    }
  }
  return memory;
}

function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const [, parent] = /^\d+ \(.*\) \S (\d+)/s.exec(fs.readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(name)]);
    } catch {
      // The process has ended meanwhile.
    }
  }
  const below = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(below)];
  return below(root);
}
