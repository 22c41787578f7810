import satisfies from 'semver/functions/satisfies';
import { dependencies } from '../package.json';

/** Version of the CLI that we download or build; the same as the SDK's. */
export const pulumiVersion = dependencies['@pulumi/pulumi'];
/** Release of the command provider that provider-command/ reproduces. */
export const commandVersion = dependencies['@pulumi/command'];
/** Release of the OpenStack provider that provider-openstack/ reproduces. */
export const openstackVersion = dependencies['@pulumi/openstack'];

/** Whether a CLI of this version works with the SDK: same major version, not older. */
export function fits(version: string): boolean {
  return satisfies(version, `^${pulumiVersion}`, { includePrerelease: true });
}
