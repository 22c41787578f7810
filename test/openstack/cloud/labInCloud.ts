import type { ChildProcess, SpawnOptions } from 'node:child_process';
import * as fs from 'node:fs';
import { LabUnderTest } from '../../sandbox/labUnderTest';

/** A lab whose commands run in the network of a cloud, where its APIs and the undercloud are reached. */
export class LabInCloud extends LabUnderTest {
  within: string[] = [];

  override start(command: string, args: string[], options?: SpawnOptions): ChildProcess {
    const [first = command, ...rest] = [...this.within, command, ...args];
    return super.start(first, rest, options);
  }
}

/** Writes a clouds.yaml, the only place of the password: the cloud `dcn` as its project `operator` sees it. */
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
