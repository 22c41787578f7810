import type { Topology } from '../lab';
import { externalCeph } from '../names';
import { findRoleAt } from '../roles';
import type { Noter } from './notes';
import { controlPlaneOf, type SurveyedSite } from './stacks';
import type { Survey } from './survey';
import { mapIn, textIn } from './values';

/** Notes where the stores of the control plane and those of the edge sites differ. */
export function noteStores(topology: Topology, sites: SurveyedSite[], note: Noter): void {
  const { parameters } = controlPlaneOf(sites).stack;
  if (topology === 'cache') {
    return;
  }
  const known = Object.keys(mapIn(parameters, 'GlanceMultistoreConfig'));
  const edges = sites.filter(({ kind }) => kind === 'edge');
  const storeOf = ({ stack }: SurveyedSite) => textIn(stack.parameters, 'GlanceBackendID') ?? '';
  for (const site of edges.filter((edge) => !known.includes(storeOf(edge)))) {
    const store = storeOf(site);
    const what = store
      ? `the control plane does not have its store ${store}`
      : 'its stack has no GlanceBackendID, so no store';
    note(
      'different',
      `glance-dcn:sites.${site.name}`,
      what,
      'A lab’s control plane has the stores of all its sites',
    );
  }
  for (const store of known.filter((id) => !edges.some((edge) => storeOf(edge) === id))) {
    const what = `the control plane has a store ${store} of no stack here; the next deployment takes it out`;
    note('unmapped', `store ${store}`, what, 'Import its stack, too, or remove the store');
  }
}

/** Notes where Glance and Nova say otherwise than the stacks' parameters. */
export function noteCloud({ clouds }: Survey, sites: SurveyedSite[], note: Noter): void {
  const { name, parameters } = controlPlaneOf(sites).stack;
  const { [name]: cloud } = clouds;
  if (!cloud) {
    return;
  }
  const wanted = [
    textIn(parameters, 'GlanceBackendID') ?? '',
    ...Object.keys(mapIn(parameters, 'GlanceMultistoreConfig')),
  ];
  const lacking = wanted.filter((store) => !cloud.stores.includes(store));
  if (lacking.length > 0) {
    const what = `has the stores ${cloud.stores.join(', ')}, and not ${lacking.join(', ')} of the last deployment`;
    note('different', 'Glance', what, 'Deploy the control plane, then import it again');
  }
  const zoneOf = new Map(
    Object.entries(cloud.zones).flatMap(([zone, hosts]) => hosts.map((host) => [host, zone])),
  );
  for (const site of sites.filter((one) => one.name !== externalCeph)) {
    const zone = textIn(site.stack.parameters, 'NovaComputeAvailabilityZone');
    for (const host of site.stack.hosts.filter(({ role }) => findRoleAt(site, role)?.compute)) {
      const is = zoneOf.get(host.name);
      if (is !== zone) {
        const what = `Nova has ${host.name} ${is === undefined ? 'in no zone: it has no nova-compute of this name' : `in zone ${is}`}`;
        note(
          'different',
          `glance-dcn:sites.${site.name}.zone`,
          what,
          `Put it into ${zone ?? 'the site’s zone'}`,
        );
      }
    }
  }
}
