import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';

const lines = (command: string, args: string[]): string[] =>
  execFileSync(command, args).toString().split('\n').filter(Boolean);

/** What a sandbox could leave behind on a machine, as it was at one moment. */
export class Machine {
  private constructor(private readonly seen: Set<string>) {}

  /** The machine as it is now. */
  static now(): Machine {
    return new Machine(new Set(Machine.look()));
  }

  /** What is there now that was not then: mounts, network namespaces, links, loop devices, processes of a sandbox. */
  leftSince(): string[] {
    return Machine.look().filter((item) => !this.seen.has(item));
  }

  private static look(): string[] {
    const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(Boolean);
    return [
      ...mounts.map((line) => `mount ${line.split(' ')[4]}`),
      ...lines('ip', ['netns', 'list']).map((line) => `namespace ${line.split(' ')[0]}`),
      ...lines('ip', ['-o', 'link']).map((line) => `link ${line.split(':')[1]?.trim().split('@')[0]}`),
      ...lines('losetup', ['-a']).map((line) => `loop ${line.split(':')[0]}`),
      ...lines('ps', ['-eo', 'pid=,args='])
        .filter((line) => /conmon|glance-dcn|lab-init|forward\.py|pulumi/.test(line))
        .map((line) => `process ${line.trim()}`),
    ];
  }
}
