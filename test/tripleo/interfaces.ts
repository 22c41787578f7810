import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Lab, type NodePlan, type SitePlan, type SubnetPlan, subnetsOfNode } from '../../model';
import { projectRoot } from '../../lib/paths';
import { inHost } from '../../sandbox/hosts/container';
import type { SandboxPaths } from '../../sandbox/paths';

/* os-net-config on the hosts of a lab with NIC templates: what it would configure, and what the plan says. */

const packages = 'opt/tripleo/lib/python3.11/site-packages';
const program = 'usr/local/bin/os-net-config';
const result = '/var/lib/os-net-config.json';
/** TripleO's role tripleo_network_config enables the service of the distribution that it is made for. */
const networkService =
  '[Service]\nType=oneshot\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n';

/** Installs os-net-config on a host, from the undercloud's packages; it changes nothing there (node/noop.py). */
export async function installOsNetConfig(paths: SandboxPaths, host: string): Promise<void> {
  const from = path.join(paths.host('undercloud').root, packages);
  const { root } = paths.host(host);
  for (const name of fs.readdirSync(from).filter((entry) => /^(os_net_config|pyudev)/.test(entry))) {
    fs.cpSync(path.join(from, name), path.join(root, 'opt/os-net-config', name), { recursive: true });
  }
  fs.copyFileSync(path.join(projectRoot, 'test/tripleo/node/noop.py'), path.join(root, program));
  fs.chmodSync(path.join(root, program), 0o755);
  fs.writeFileSync(path.join(root, 'etc/systemd/system/network.service'), networkService);
  await inHost(paths, host, ['systemctl', 'daemon-reload']);
}

/** The fact of a host's interfaces, as os-net-config would configure them. */
export async function interfacesOf(paths: SandboxPaths, host: string): Promise<Record<string, unknown>> {
  return { [`node/${host}/interfaces`]: JSON.parse(await inHost(paths, host, ['cat', result])) as unknown };
}

/** The interfaces of a host by the plan: by TripleO's template single_nic_vlans, networks are VLANs on the bridge of the first NIC. */
export function expectedInterfaces(lab: Lab, site: SitePlan, node: NodePlan): Record<string, unknown> {
  if (node.nicTemplate === undefined) {
    return {};
  }
  const own = subnetsOfNode(site, node).filter(({ network }) => node.addresses[network] !== undefined);
  const mtus = own.map(({ network }) => mtuOf(lab, network));
  const mtu = Math.max(...mtus);
  const entries = own.map((subnet) => [
    subnet.vlan === undefined ? 'br-ex' : `vlan${subnet.vlan}`,
    {
      address: `${node.addresses[subnet.network]}/${subnet.cidr.split('/')[1]}`,
      mtu: subnet.vlan === undefined ? mtu : mtuOf(lab, subnet.network),
      ...(subnet.vlan !== undefined && { vlan: subnet.vlan, on: 'br-ex' }),
      ...routesOf(subnet),
    },
  ]);
  const interfaces = {
    ens1: { mtu, on: 'br-ex' },
    ...(Object.fromEntries(entries) as Record<string, unknown>),
  };
  return { [`node/${node.name}/interfaces`]: interfaces };
}

/** Bytes of a packet in a network. */
export function mtuOf({ networks }: Lab, network: SubnetPlan['network']): number {
  return networks[network]?.mtu ?? 1500;
}

/** The default route leads by ctlplane in labs without a router on external; other networks have their routes alone. */
function routesOf({ network, gateway, routes }: SubnetPlan): { routes?: string[] } {
  const lines = [
    ...(network === 'ctlplane' ? [`default via ${gateway}`] : []),
    ...routes.map(({ destination, nexthop }) => `${destination} via ${nexthop}`),
  ].sort();
  return lines.length > 0 ? { routes: lines } : {};
}
