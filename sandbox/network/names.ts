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
  /** To the router of the site's racks; it has the same name in both namespaces. */
  lan: string;
}

/** Name of a rack's hosts as `linksOf` takes it: no site has it, because names of sites have no `_`. */
export function rackSegment(site: string, rack: string): string {
  return `${site}_${rack}`;
}

/** Network namespace of the router that joins a site's racks, by the site's bridge; no host has its name. */
export function rackRouterNamespace(lab: string, bridge: string): string {
  return `${routerNamespace(lab)}-${bridge}_racks`;
}

export function linksOf(site: string): SiteLinks {
  return {
    bridge: interfaceName('br', site),
    up: interfaceName('up', site),
    wan: interfaceName('wan', site),
    lan: interfaceName('lan', site),
  };
}

/**
 * Name of the network interface of a site or a host. A name longer than the kernel's 15 characters is cut, and ends with
 * a digest of the whole name, which makes it unique.
 */
export function interfaceName(kind: 'br' | 'wan' | 'up' | 'lan' | 'new' | 'h', name: string): string {
  const whole = `${kind}-${name}`;
  if (whole.length <= 15) {
    return whole;
  }
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 5);
  return `${whole.slice(0, 9)}-${digest}`;
}
