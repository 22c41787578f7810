import type { Wait } from '../../kit/marks';

/** A running step, and the lock of the undercloud that it holds or waits for. */
export interface LockUser {
  /** Resource of the step: `dcn0-overcloud-stack`. */
  step: string;
  /** The wait of its job, from the last heartbeat. */
  wait?: Wait;
  /** The lock that its job holds; absent while the job waits. */
  lock?: string;
}

/** One line: who holds each lock of the undercloud, and who waits for it. */
export function locksLine(users: LockUser[]): string {
  const locks = new Map<string, { holder?: string; waiting: string[] }>();
  const entry = (lock: string): { holder?: string; waiting: string[] } => {
    const known = locks.get(lock) ?? { waiting: [] };
    locks.set(lock, known);
    return known;
  };
  for (const { step, wait, lock } of users) {
    if (wait) {
      const waited = entry(wait.for);
      waited.waiting.push(step);
      waited.holder = wait.holder && `${wait.holder} since ${clock(wait.since)}`;
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
