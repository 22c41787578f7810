import { networksOf } from '../../addresses';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { ResolvedLab, ResolvedSite } from '../resolve';
import type { NetworkName } from '../../types';

/** What a cloud must be told for its servers, and what is told of one that no server is to come from. */
export function checkOpenstack(lab: ResolvedLab, { invalid }: SitesSeen): Finding[] {
  if (lab.provisioner !== 'openstack') {
    return checkUnused(lab);
  }
  const isInvalid = [...invalid].some((place) => place.split('.')[0] === 'openstack');
  return [
    ...(isInvalid ? [] : checkCloud(lab)),
    ...lab.sites.flatMap((site) => [...checkDisks(site), ...checkSiteNetworks(site)]),
  ];
}

function checkUnused(lab: ResolvedLab): Finding[] {
  const message = 'is for servers of a cloud, and the lab’s hosts come from elsewhere';
  const remedy = 'Take it out, or write provisioner: openstack';
  const sites = lab.sites.filter(({ written }) => {
    const { flavors, volumes, networks, ...rest } = written.openstack;
    const settings: unknown[] = [rest, flavors, volumes, networks].flatMap((values) =>
      Object.values<unknown>(values),
    );
    return settings.some((value) => value !== undefined);
  });
  return [
    ...(lab.openstack ? [{ at: labPath('openstack'), message, remedy }] : []),
    ...sites.map(({ name }) => ({ at: labPath('sites', name, 'openstack'), message, remedy })),
  ];
}

function checkCloud(lab: ResolvedLab): Finding[] {
  if (!lab.openstack) {
    return [
      {
        at: labPath('openstack'),
        message: 'is missing, and says which cloud the servers come from',
        remedy: 'Write { cloud: …, image: …, flavor: … }',
      },
    ];
  }
  return lab.sites.flatMap((site) =>
    site.nodes.flatMap(({ name, role, flavor }): Finding[] => {
      if (flavor !== undefined) {
        return [];
      }
      return [
        {
          at: labPath('sites', site.name, 'nodes', name),
          value: role.name,
          message: 'has no flavor, which a server of a cloud is made of',
          remedy: `Write glance-dcn:openstack.flavor, or one for this role under flavors: { ${role.name}: … }`,
        },
      ];
    }),
  );
}

function checkDisks({ name, written }: ResolvedSite): Finding[] {
  const { devices } = written.ceph;
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

function checkSiteNetworks({ name, kind, written }: ResolvedSite): Finding[] {
  const known = networksOf(kind);
  return (Object.keys(written.openstack.networks) as NetworkName[])
    .filter((network) => !known.includes(network))
    .map((network) => ({
      at: labPath('sites', name, 'openstack', 'networks', network),
      message: 'is a network that the site does not have',
      remedy: `Take it out; the site has ${known.join(', ')}`,
    }));
}
