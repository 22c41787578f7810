import { defaultUser } from '../labfile/schema/site';
import { kit, overcloud } from './steps/step';
import type { Store } from './stores';
import type { UndercloudPlan } from '../types';

/** `export ceph`: writes the Ceph clusters of some stacks into a file, with the key of their clients' user (tripleoclient export.py). */
export function exportCeph(stacks: string[], file: string, user: string): string[] {
  const option = user === defaultUser ? [] : ['--cephx-key-client-name', user];
  return overcloud(
    ...['export', 'ceph', '-f', '--stack', stacks.join(',')],
    ...[...option, '--output-file', file],
  );
}

/**
 * Commands that write the clusters of some stores into a file: one `export ceph` for each user, because the client takes one user for all
 * stacks. The kit does the same (kit/jobs/cephexport.py).
 */
export function exportStores(
  undercloud: UndercloudPlan,
  stores: (Pick<Store, 'user'> & { stack: string })[],
  file: string,
): string[][] {
  const users = [...new Set(stores.map(({ user }) => user))].sort();
  const stacksOf = (user: string) => stores.filter((store) => store.user === user).map(({ stack }) => stack);
  if (users.length === 1) {
    return users.map((user) => exportCeph(stacksOf(user), file, user));
  }
  const part = (user: string) => `${file}.${user}`;
  return [
    ...users.map((user) => exportCeph(stacksOf(user), part(user), user)),
    kit(undercloud, 'ceph', 'combine', '--output', file, ...users.map(part)),
  ];
}
