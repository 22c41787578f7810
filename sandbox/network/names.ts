import { createHash } from 'node:crypto';
import * as path from 'node:path';

/** Network namespace of the router that joins the lab's sites. */
export function routerNamespace(lab: string): string {
  return `dcn-${lab}`;
}

/** Network namespace of a host. */
export function hostNamespace(lab: string, host: string): string {
  return `dcn-${lab}-${host}`;
}

/** File of a network namespace, for nsenter and ip. */
export function namespaceFile(namespace: string): string {
  return path.join('/run/netns', namespace);
}

/** A site's links in the router's namespace; network/site.ts has a drawing. */
export interface SiteLinks {
  bridge: string;
  up: string;
  wan: string;
}

export function linksOf(site: string): SiteLinks {
  return {
    bridge: interfaceName('br', site),
    up: interfaceName('up', site),
    wan: interfaceName('wan', site),
  };
}

/**
 * Name of the network interface of a site or a host. A name longer than the kernel's 15 characters is cut, and ends with
 * a digest of the whole name, which makes it unique.
 */
export function interfaceName(kind: 'br' | 'wan' | 'up' | 'new' | 'h', name: string): string {
  const whole = `${kind}-${name}`;
  if (whole.length <= 15) {
    return whole;
  }
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 5);
  return `${whole.slice(0, 9)}-${digest}`;
}
