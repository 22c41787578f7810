import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';

const lines = (command: string, args: string[]): string[] =>
  execFileSync(command, args).toString().split('\n').filter(Boolean);

/**
 * Everything on the machine that a lab could leave behind, read from the machine and not from the sandbox's records: a
 * comparison of before and after finds what the sandbox forgot to remove.
 */
export class Traces {
  private constructor(private readonly seen: Set<string>) {}

  /** The machine's present state. */
  static now(): Traces {
    return new Traces(new Set(Traces.read()));
  }

  /**
   * Mounts, network namespaces, links, loop devices and processes that exist now and did not before. Of other kinds than
   * links, only those with the lab's name count, because other labs may come up meanwhile.
   */
  leftSince(lab: string): string[] {
    return Traces.read().filter(
      (item) => !this.seen.has(item) && (item.includes(lab) || item.startsWith('link')),
    );
  }

  private static read(): string[] {
    const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(Boolean);
    return [
      ...mounts.map((line) => `mount ${line.split(' ')[4]}`),
      ...lines('ip', ['netns', 'list']).map((line) => `namespace ${line.split(' ')[0]}`),
      ...lines('ip', ['-o', 'link']).map((line) => `link ${line.split(':')[1]?.trim().split('@')[0]}`),
      ...lines('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE']).map((line) => `loop ${line}`),
      ...lines('ps', ['-eo', 'pid=,args=']).map((line) => `process ${line.trim()}`),
    ];
  }
}
