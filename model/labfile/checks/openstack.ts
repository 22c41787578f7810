import { networksOf } from '../../addresses';
import { flavorOf, kindOf, nodeEntry } from '../defaults';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { LabFile } from '../schema';
import type { NetworkName } from '../../types';

/** What a cloud must be told for its servers, and what is told of one that no server is to come from. */
export function checkOpenstack(file: LabFile, { invalid }: SitesSeen): Finding[] {
  if (file.provisioner !== 'openstack') {
    return checkUnused(file);
  }
  const isInvalid = [...invalid].some((place) => place.split('.')[0] === 'openstack');
  return [
    ...(isInvalid ? [] : checkCloud(file)),
    ...Object.keys(file.sites).flatMap((name) => [...checkDisks(file, name), ...checkNetworks(file, name)]),
  ];
}

function checkUnused(file: LabFile): Finding[] {
  const message = 'is for servers of a cloud, and the lab’s hosts come from elsewhere';
  const remedy = 'Take it out, or write provisioner: openstack';
  const sites = Object.entries(file.sites).filter(([, { openstack }]) => {
    const { flavors, volumes, networks, ...rest } = openstack;
    const told: unknown[] = [rest, flavors, volumes, networks].flatMap((values) =>
      Object.values<unknown>(values),
    );
    return told.some((value) => value !== undefined);
  });
  return [
    ...(file.openstack ? [{ at: labPath('openstack'), message, remedy }] : []),
    ...sites.map(([name]) => ({ at: labPath('sites', name, 'openstack'), message, remedy })),
  ];
}

function checkCloud(file: LabFile): Finding[] {
  if (!file.openstack) {
    return [
      {
        at: labPath('openstack'),
        message: 'is missing, and says which cloud the servers come from',
        remedy: 'Write { cloud: …, image: …, flavor: … }',
      },
    ];
  }
  return Object.entries(file.sites).flatMap(([name, site]) =>
    Object.entries(site.nodes).flatMap(([node, value]): Finding[] => {
      const { role } = nodeEntry(value);
      if (flavorOf(file, site, role) !== undefined) {
        return [];
      }
      return [
        {
          at: labPath('sites', name, 'nodes', node),
          value: role,
          message: 'has no flavor, which a server of a cloud is made of',
          remedy: `Write glance-dcn:openstack.flavor, or one for this role under flavors: { ${role}: … }`,
        },
      ];
    }),
  );
}

function checkDisks(file: LabFile, name: string): Finding[] {
  const devices = file.sites[name]!.ceph.devices;
  if (!devices) {
    return [];
  }
  return [
    {
      at: labPath('sites', name, 'ceph', 'devices'),
      value: devices,
      message: 'is for disks that exist already: which letter a volume of a cloud gets is not certain',
      remedy: `Take it out; how many there are say openstack.volumes.perNode and sites.${name}.openstack.volumes.perNode`,
    },
  ];
}

function checkNetworks(file: LabFile, name: string): Finding[] {
  const there = networksOf(kindOf(file.topology, name));
  const { networks } = file.sites[name]!.openstack;
  return (Object.keys(networks) as NetworkName[])
    .filter((network) => !there.includes(network))
    .map((network) => ({
      at: labPath('sites', name, 'openstack', 'networks', network),
      message: 'is a network that the site does not have',
      remedy: `Take it out; the site has ${there.join(', ')}`,
    }));
}
