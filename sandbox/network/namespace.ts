import * as fs from 'node:fs';
import * as path from 'node:path';
import { run, succeeds } from '../run';
import { namespaceFile, routerNamespace } from './names';

/** Runs a program in a network namespace, with the machine's own file systems; returns its standard output. */
export async function inNamespace(namespace: string, command: string[]): Promise<string> {
  return run('nsenter', [`--net=${namespaceFile(namespace)}`, '--', ...command]);
}

/** Creates a network namespace if it is missing. */
export async function ensureNamespace(namespace: string): Promise<void> {
  if (!(await succeeds('nsenter', [`--net=${namespaceFile(namespace)}`, 'true']))) {
    // `ip netns add` creates a file, then mounts the namespace on it: killed in between, it leaves only the file.
    fs.rmSync(namespaceFile(namespace), { force: true });
    await run('ip', ['netns', 'add', namespace]);
  }
  await ip(namespace, ['link set lo up']);
}

/** Whether a network namespace exists, or was begun. */
export function hasNamespace(namespace: string): boolean {
  return fs.existsSync(namespaceFile(namespace));
}

/** Removes a network namespace with the links in it; no error if it does not exist. */
export async function removeNamespace(namespace: string): Promise<void> {
  if (hasNamespace(namespace)) {
    await run('ip', ['netns', 'delete', namespace]);
  }
}

/** Network namespaces of a lab's routers and hosts. Those of other labs do not match: a lab's name has no `-`. */
export function namespacesOf(lab: string): string[] {
  const directory = path.dirname(namespaceFile('any'));
  const names = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  return names.filter((name) => name === routerNamespace(lab) || name.startsWith(`${routerNamespace(lab)}-`));
}

/** Runs lines of `ip -batch` in a network namespace. */
export async function ip(namespace: string, lines: string[]): Promise<void> {
  await run('ip', ['-n', namespace, '-batch', '-'], { input: lines.map((line) => `${line}\n`).join('') });
}

/** A link in a network namespace. */
export interface Link {
  name: string;
  /** The bridge that it is a port of. */
  master?: string;
}

/** The links in a network namespace. */
export async function linksIn(namespace: string): Promise<Link[]> {
  const links = JSON.parse(await run('ip', ['-n', namespace, '-j', 'link'])) as {
    ifname: string;
    master?: string;
  }[];
  return links.map(({ ifname, master }) => ({ name: ifname, ...(master ? { master } : {}) }));
}

export async function hasLink(namespace: string, link: string): Promise<boolean> {
  return succeeds('ip', ['-n', namespace, 'link', 'show', link]);
}
