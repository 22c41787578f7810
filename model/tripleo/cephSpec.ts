import { defaultDriveGroup, driveGroupOf } from '../driveGroups';
import type { DeployedCeph, Lab, LabSite, PlacedDriveGroup } from '../lab';
import { roleAt } from '../roles';
import { domainOf } from './hosts';
import { toYaml } from './yaml';

/**
 * osd_spec.yaml, for `ceph deploy --osd-spec`: the disks that become OSDs on all hosts with OSDs; without it, all blank disks of a host
 * would. Undefined where nodes have different disks, or places in the CRUSH hierarchy, which only a whole Ceph spec says.
 */
export function osdSpec({ driveGroups, locations }: DeployedCeph): string | undefined {
  const [group, ...others] = driveGroups;
  const isPlaced = Object.keys(locations).length > 0;
  return group?.id === defaultDriveGroup && others.length === 0 && !isPlaced
    ? toYaml(driveGroupOf(group.devices))
    : undefined;
}

/**
 * ceph_spec.yaml, for `ceph deploy --ceph-spec`: hosts and daemons as TripleO would write them by the roles (tripleo-ansible
 * ceph_spec_bootstrap.py get_specs), and a service of OSDs for each drive group. The client adds no domain to the names of such a file
 * (tripleoclient overcloud_ceph.py --tld).
 */
export function cephSpec(lab: Lab, site: LabSite, { driveGroups, locations }: DeployedCeph): string {
  const hostName = (name: string) => (lab.hosts.fqdn ? `${name}.${domainOf(lab.hosts)}` : name);
  const daemons = site.nodes.map(({ name, role, addresses }) => {
    const { mon, osd } = roleAt(site, role);
    return { name, addr: addresses.ctlplane, mon, osd };
  });
  const hosts = daemons
    .filter(({ mon, osd }) => mon || osd)
    .map(({ name, addr, mon, osd }) => ({
      service_type: 'host',
      addr,
      hostname: hostName(name),
      labels: [...(mon ? ['mon', '_admin', 'mgr'] : []), ...(osd ? ['osd'] : [])],
      ...(locations[name] && { location: locations[name] }),
    }));
  const monitors = daemons.filter(({ mon }) => mon).map(({ name }) => hostName(name));
  const services = ['mon', 'mgr'].map((kind) => ({
    service_type: kind,
    service_name: kind,
    service_id: kind,
    placement: { hosts: monitors },
  }));
  const osds = driveGroups.map(({ id, nodes: names, devices }: PlacedDriveGroup) => ({
    service_type: 'osd',
    service_name: `osd.${id}`,
    service_id: id,
    ...driveGroupOf(devices),
    placement: { hosts: names.map(hostName) },
  }));
  return [...hosts, ...services, ...osds].map((document) => `---\n${toYaml(document)}`).join('');
}
