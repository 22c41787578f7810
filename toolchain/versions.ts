import satisfies from 'semver/functions/satisfies';
import { dependencies } from '../package.json';

/** Version of the CLI that we download or build: that of the SDK. */
export const pulumiVersion = dependencies['@pulumi/pulumi'];
/** Release of the command provider whose behaviour provider-command/ has. */
export const commandVersion = dependencies['@pulumi/command'];
/** Release of the OpenStack provider whose behaviour provider-openstack/ has. */
export const openstackVersion = dependencies['@pulumi/openstack'];

/** Whether a CLI of this version works with the SDK: same major version, not older. */
export function fits(version: string): boolean {
  return satisfies(version, `^${pulumiVersion}`, { includePrerelease: true });
}
