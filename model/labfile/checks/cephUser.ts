import { type Finding, labPath } from '../findings';
import type { ResolvedSite } from '../resolve';

/** Patterns of users that Ceph and cephadm make, and what such a user is. */
const ofCeph: [RegExp, string][] = [
  [/^admin$/, 'is the administrator of the cluster, whose capabilities TripleO would take away'],
  [/^bootstrap-/, 'is a user with which Ceph’s daemons get their keys'],
  [/^(crash|iscsi|nfs|rgw|rbd-mirror|cephfs-mirror)(\.|$)/, 'is a user of Ceph’s own daemons'],
];

/** Finds a user of Glance, Nova and Cinder that is somebody else's in the cluster: TripleO would give it other capabilities. */
export function checkCephUser({ name, ownCeph, written }: ResolvedSite): Finding[] {
  const value = written.ceph.user;
  if (!ownCeph || value === undefined) {
    return [];
  }
  const finding = (message: string, remedy: string): Finding[] => [
    { at: labPath('sites', name, 'ceph', 'user'), value, message, remedy },
  ];
  if (value.startsWith('client.')) {
    const bare = value.slice('client.'.length);
    return finding('begins with `client.`, which TripleO puts before it', `Write ${bare || 'a name'}`);
  }
  const own = ofCeph.find(([pattern]) => pattern.test(value));
  if (own) {
    return finding(own[1], 'Write another name, or leave the key out');
  }
  const other = usersOfParameters(written.parameters).find((user) => user.value === value);
  return other ? finding(`is also the user of ${other.of}`, 'Write another name here, or there') : [];
}

/** The users of other services in a site's cluster, with their names (THT deployment/cephadm/ceph-base.yaml). */
function usersOfParameters(parameters: Record<string, unknown>): { value: unknown; of: string }[] {
  const { CephRgwClientName, ManilaCephFSCephFSAuthId } = parameters;
  return [
    { value: CephRgwClientName ?? 'radosgw', of: 'the object gateway (CephRgwClientName)' },
    { value: ManilaCephFSCephFSAuthId ?? 'manila', of: 'Manila (ManilaCephFSCephFSAuthId)' },
  ];
}
