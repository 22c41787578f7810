/** A shipped lab file without servers, and without the image that only the sandbox's undercloud has to give. */
export function withoutServers(text: string): string {
  return text
    .replace(/^ +glance-dcn:sandbox: \{ servers: true \}\n/m, '')
    .replace(/^ +#[^\n]*\n +guest:\n(?: {6}.*\n)+/m, '');
}
