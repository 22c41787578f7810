import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';

const lines = (command: string, args: string[]): string[] =>
  execFileSync(command, args).toString().split('\n').filter(Boolean);

/**
 * What a lab could leave behind on the machine, as the machine itself shows it, not the sandbox's records. The comparison of
 * before and after finds what the sandbox forgot to remove.
 */
export class Traces {
  private constructor(private readonly seen: Set<string>) {}

  /** The machine's present state. */
  static now(): Traces {
    return new Traces(new Set(Traces.look()));
  }

  /**
   * Mounts, network namespaces, links, loop devices and processes that exist now and did not before. Other labs may come
   * and go meanwhile, so only traces with this lab's name count, and links.
   */
  leftSince(lab: string): string[] {
    return Traces.look().filter(
      (item) => !this.seen.has(item) && (item.includes(lab) || item.startsWith('link')),
    );
  }

  private static look(): string[] {
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
