import { hostKeyOf } from './hostKeys';

/** A shipped lab file without servers, and without the image that comes from the sandbox's undercloud. */
export function withoutServers(text: string): string {
  return text
    .replace(/^ +glance-dcn:sandbox: \{ servers: true \}\n/m, '')
    .replace(/^ +#[^\n]*\n +guest:\n(?: {6}.*\n)+/m, '');
}

/** A shipped lab file as one of existing hosts; the host key of each node is made from its name. */
export function onExistingHosts(text: string): string {
  return text
    .replace(
      'provisioner: sandbox',
      `provisioner: existing\n  glance-dcn:undercloud: { host: 127.0.0.1, hostKey: ${hostKeyOf('undercloud')}, privateKeyFile: state/dev/sandbox/id_ed25519 }`,
    )
    .replace(
      /(oc0-[a-z]+-[0-9]): ([A-Za-z]+)/g,
      (_, name: string, role: string) => `${name}: { role: ${role}, hostKey: ${hostKeyOf(name)} }`,
    );
}
