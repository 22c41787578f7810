/** That a job on the undercloud waits, as the kit's heartbeat tells it. */
export interface Wait {
  /** `lock heat`, `stack dcn0`, … */
  for: string;
  /** Who has it: `control-plane/overcloud-stack (lab dev)`. */
  holder?: string;
  /** Since when, ISO 8601 in UTC. */
  since?: string;
}

/** `heartbeat` of kit/jobs/report.py; a line that is too long ends in `…`. */
const heartbeat = /^\S+\/\S+: run \d+, \S+, waits for (?<what>.*)$/;
const holding = /^(?<what>.*?), which (?<holder>.*) has since (?<since>\d{4}-[\d:T-]+Z)/;

/** Whether a line is the kit's heartbeat of a job, and what the job waits for if it waits. */
export function readHeartbeat(line: string): { wait?: Wait } | undefined {
  if (!/^\S+\/\S+: run \d+, /.test(line)) {
    return undefined;
  }
  const what = heartbeat.exec(line)?.groups?.what;
  if (what === undefined) {
    return {};
  }
  const held = holding.exec(what)?.groups;
  return {
    wait: held
      ? { for: held.what as string, holder: held.holder as string, since: held.since as string }
      : { for: what.replace(/ \([^()]*\)$/, '') },
  };
}

/** A step that runs, and how it stands with a lock of the undercloud. */
export interface LockUser {
  /** Resource of the step: `dcn0-overcloud-stack`. */
  step: string;
  /** What its job waits for, by its last heartbeat. */
  wait?: Wait;
  /** The lock that its job holds while it runs and does not wait. */
  lock?: string;
}

/** Who holds what on the undercloud and who waits for it, in one line. */
export function locksLine(users: LockUser[]): string {
  const locks = new Map<string, { holder?: string; waiting: string[] }>();
  const entry = (lock: string): { holder?: string; waiting: string[] } => {
    const known = locks.get(lock) ?? { waiting: [] };
    locks.set(lock, known);
    return known;
  };
  for (const { step, wait, lock } of users) {
    if (wait) {
      const of = entry(wait.for);
      of.waiting.push(step);
      of.holder = wait.holder && `${wait.holder} since ${clock(wait.since)}`;
    } else if (lock) {
      entry(lock).holder ??= step;
    }
  }
  const texts = [...locks].map(([lock, { holder, waiting }]) => {
    const has = holder ? `held by ${holder}` : '';
    const waits = waiting.length > 0 ? `${waiting.join(', ')} ${waiting.length > 1 ? 'wait' : 'waits'}` : '';
    return `${lock}: ${[has, waits].filter(Boolean).join('; ')}`;
  });
  return texts.length > 0 ? texts.join(' · ') : 'no lock is held or waited for';
}

function clock(moment: string | undefined): string {
  return moment ? `${moment.slice(11, 19)} UTC` : 'some time';
}
