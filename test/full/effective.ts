import { quote } from '../../lib/quote';
import type { CephHost } from '../sandbox/expectations';
import type { LabUnderTest } from '../sandbox/labUnderTest';
import { secretsOf } from '../sandbox/secrets';

/** The effective state of a lab, which must be the same in both modes of the undercloud if the lab file is the same. */
export interface Effective {
  /** Units of running services, by node; without Ceph's daemons, whose units have other names with cephadm. */
  services: Record<string, string[]>;
  /** Hosts of each kind of Ceph daemon, by cluster. */
  daemons: Record<string, Record<string, string[]>>;
  pools: Record<string, Pool[]>;
  /** Capabilities of the Ceph user of OpenStack's services, by cluster. */
  caps: Record<string, Record<string, string>>;
  /** Settings of the clusters, by cluster: those that the plan sets. */
  settings: Record<string, Record<string, string>>;
  /** Stores as each node's Glance lists them, by node. */
  stores: Record<string, unknown>;
  /** Texts of the files that the deploy has written below /etc, by node and path, normalised. */
  files: Record<string, Record<string, string>>;
}

interface Pool {
  name: string;
  size: number;
  pgs: number;
  application: string[];
}

/**
 * Settings to read, by kind of daemon; not the monitors' network, because cephadm sets only the subnet of the first monitor.
 */
const options = {
  mon: ['osd_pool_default_size', 'mon_warn_on_pool_no_redundancy'],
  osd: ['public_network', 'cluster_network', 'osd_numa_auto_affinity'],
};

/**
 * Reads the effective state of a lab.
 * @param clusters one host of each Ceph cluster
 * @param glance URLs of glance-apis, by node
 */
export async function effective(
  lab: LabUnderTest,
  nodes: string[],
  clusters: CephHost[],
  glance: Record<string, string>,
): Promise<Effective> {
  const secrets = await secretsOf(
    lab,
    clusters.map(({ node }) => node),
  );
  const ofNodes = async <T>(read: (node: string) => Promise<T>): Promise<Record<string, T>> =>
    Object.fromEntries(await Promise.all(nodes.map(async (node) => [node, await read(node)] as const)));
  const ofClusters = async <T>(read: (at: CephHost) => Promise<T>): Promise<Record<string, T>> =>
    Object.fromEntries(await Promise.all(clusters.map(async (at) => [at.cluster, await read(at)] as const)));
  return {
    services: await ofNodes((node) => servicesOf(lab, node)),
    daemons: await ofClusters(async (at) => daemons(await ceph<Daemons>(lab, at, 'node ls'))),
    pools: await ofClusters(async (at) => pools(await ceph<ListedPool[]>(lab, at, 'osd pool ls detail'))),
    caps: await ofClusters(
      async (at) =>
        (await ceph<{ caps: Record<string, string> }[]>(lab, at, 'auth get client.openstack'))[0]?.caps ?? {},
    ),
    settings: await ofClusters((at) => settings(lab, at)),
    stores: Object.fromEntries(
      await Promise.all(
        Object.entries(glance).map(async ([node, url]) => [node, await storesOf(lab, node, url)] as const),
      ),
    ),
    files: await ofNodes((node) => filesOf(lab, node, secrets)),
  };
}

async function servicesOf(lab: LabUnderTest, node: string): Promise<string[]> {
  const list = 'systemctl list-units --type=service --state=running --plain --no-legend';
  const units = (await lab.onNode(node, list)).split('\n').flatMap((line) => line.split(' ')[0] || []);
  return units.filter((unit) => !/^ceph|^(user|session|systemd|getty)|^podman/.test(unit)).sort();
}

async function ceph<T>(lab: LabUnderTest, { cluster, node }: CephHost, command: string): Promise<T> {
  return JSON.parse(await lab.onNode(node, `ceph --cluster ${cluster} ${command} -f json`)) as T;
}

type Daemons = Record<string, Record<string, unknown[]>>;

function daemons(listed: Daemons): Record<string, string[]> {
  return Object.fromEntries(
    ['mon', 'mgr', 'osd'].map((kind) => [
      kind,
      Object.entries(listed[kind] ?? {})
        // A manager may be in transition from active to standby.
        .flatMap(([host, ids]) => (kind === 'mgr' ? [host] : ids.map(() => host)))
        .sort(),
    ]),
  );
}

interface ListedPool {
  pool_name: string;
  size: number;
  pg_num: number;
  application_metadata: Record<string, unknown>;
}

/** The listed pools without those of the manager's modules, which a deploy does not set. */
function pools(listed: ListedPool[]): Pool[] {
  return listed
    .map((pool) => ({
      name: pool.pool_name,
      size: pool.size,
      pgs: pool.pg_num,
      application: Object.keys(pool.application_metadata),
    }))
    .filter(({ application }) => !application.some((name) => name.startsWith('mgr')))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Settings as the daemons have them, from all sources of configuration, and the CRUSH failure domain. */
async function settings(lab: LabUnderTest, at: CephHost): Promise<Record<string, string>> {
  const settingNames = Object.entries(options).flatMap(([who, names]) =>
    names.map((name) => `${who} ${name}`),
  );
  const get = `ceph --cluster ${at.cluster} config get $who $name`;
  const lines = await lab.onNode(
    at.node,
    `while read -r who name; do ${get} </dev/null; done <<< "${settingNames.join('\n')}"`,
  );
  const values = lines.trim().split('\n');
  const rule = await ceph<CrushRule>(lab, at, 'osd crush rule dump replicated_rule');
  return {
    ...Object.fromEntries(settingNames.map((name, index) => [name, values[index] ?? ''])),
    'copies over': rule.steps.flatMap(({ type }) => type ?? []).join(', '),
  };
}

interface CrushRule {
  steps: { type?: string }[];
}

async function storesOf(lab: LabUnderTest, node: string, url: string): Promise<unknown> {
  const token = (await lab.onUndercloud('. ~/control-planerc; openstack token issue -f value -c id')).trim();
  const { stdout } = await lab.ok(
    './dcn',
    [
      '--lab',
      lab.file,
      'ssh',
      node,
      `read -r token; curl -sf -H "X-Auth-Token: $token" ${url}/v2/info/stores`,
    ],
    `${token}\n`,
  );
  return JSON.parse(stdout);
}

const readFiles = `
import json, os, sys
created = os.stat("/etc/machine-id").st_mtime
files = {}
for folder, _, names in os.walk("/etc"):
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isfile(path) and not os.path.islink(path) and os.stat(path).st_mtime > created:
            with open(path, errors="replace") as file:
                files[path] = file.read()
print(json.dumps(files))
`;

/** Files that differ by mode: those of Ceph's administrator, daemons and accounts. Files of Ceph's clients are compared. */
const filesOfMode =
  /^\/etc\/(ceph\/(ceph\.|rbdmap|[^/]*\.client\.admin\.)|default\/ceph|logrotate\.d\/|systemd\/system\/ceph|cni\/|sysctl\.d\/90-ceph|(passwd|shadow|group|gshadow|subuid|subgid)-?$|sudoers\.d\/|ssh\/|containers\/|hostname$|hosts$|resolv|ld\.so|machine-id|\.pwd)/;

async function filesOf(lab: LabUnderTest, node: string, secrets: string[]): Promise<Record<string, string>> {
  const files = JSON.parse(await lab.onNode(node, `python3 -c ${quote(readFiles)}`)) as Record<
    string,
    string
  >;
  return Object.fromEntries(
    Object.entries(files)
      .filter(([path]) => !filesOfMode.test(path))
      .map(([path, text]) => [path, normalised(text, lab.name, secrets)] as const)
      .sort(([a], [b]) => a.localeCompare(b)),
  );
}

/** A file's text without the lab's name, passwords, keys and ids. */
export function normalised(text: string, name: string, secrets: string[]): string {
  // The longest first, because a secret may be part of another one.
  const longestFirst = secrets.toSorted((a, b) => b.length - a.length);
  const withoutSecrets = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, 'SECRET'), text);
  return withoutSecrets
    .replaceAll(name, 'LAB')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/\b[0-9a-f]{32}\b/g, 'ID')
    .replace(/[A-Za-z0-9+/]{38}==/g, 'SECRET');
}
