import type { ChildProcess, SpawnOptions } from 'node:child_process';
import * as fs from 'node:fs';
import { LabUnderTest } from '../../sandbox/labUnderTest';

/** A lab whose commands run in the network of a cloud, where they can reach the cloud's APIs and the undercloud. */
export class LabInCloud extends LabUnderTest {
  within: string[] = [];

  override start(command: string, args: string[], options?: SpawnOptions): ChildProcess {
    const [first = command, ...rest] = [...this.within, command, ...args];
    return super.start(first, rest, options);
  }
}

/** Writes a clouds.yaml for the project `operator` of the cloud `dcn`; no other file has the password. */
export function writeClouds(file: string, password: string): void {
  const auth = {
    auth_url: 'http://127.0.0.1:5000/v3',
    username: 'operator',
    password,
    project_name: 'operator',
    user_domain_name: 'Default',
    project_domain_name: 'Default',
  };
  const content = { clouds: { dcn: { region_name: 'RegionOne', auth } } };
  fs.writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
}

/** An id that no resource of the cloud has. */
export const someId = '00000000-0000-4000-8000-000000000000';

/** Returns a function that does the work of a phase of the test `name`, and prints the duration. */
export function timer(name: string): <T>(phase: string, work: () => Promise<T>) => Promise<T> {
  return async (phase, work) => {
    const started = Date.now();
    try {
      return await work();
    } finally {
      process.stderr.write(`${name}: ${phase}: ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
    }
  };
}
