import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { ResolvedLab, ResolvedSite } from '../resolve';
import { checkNamesOfNetworks } from './networks';

/** Finds missing and unusable keys of a lab in a cloud, and keys of a cloud in a lab of another provisioner. */
export function checkOpenstack(lab: ResolvedLab, { invalid }: SitesSeen): Finding[] {
  if (lab.provisioner !== 'openstack') {
    return checkUnused(lab);
  }
  const isInvalid = [...invalid].some((path) => path.split('.')[0] === 'openstack');
  return [
    ...(isInvalid ? [] : checkCloud(lab)),
    ...lab.sites.flatMap((site) => [
      ...checkDisks(site),
      ...checkNamesOfNetworks(
        lab,
        site,
        site.written.openstack.networks,
        labPath('sites', site.name, 'openstack', 'networks'),
      ),
    ]),
  ];
}

function checkUnused(lab: ResolvedLab): Finding[] {
  const message = 'is for servers of a cloud, and the lab has another provisioner';
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
        message: 'is missing: it names the cloud of the servers',
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
          message: 'has no flavor, which every server of a cloud needs',
          remedy: `Write glance-dcn:openstack.flavor, or one for this role under flavors: { ${role.name}: … }`,
        },
      ];
    }),
  );
}

function checkDisks({ name, devices, written }: ResolvedSite): Finding[] {
  return devices
    .filter(({ keys }) => keys.join('.') !== 'ceph.devices' || written.ceph.devices !== undefined)
    .map(({ keys }) => ({
      at: labPath('sites', name, ...keys),
      message: 'is for disks that exist already: the device letters of a cloud’s volumes cannot be predicted',
      remedy: `Take it out; openstack.volumes.perNode or sites.${name}.openstack.volumes.perNode is their number`,
    }));
}
