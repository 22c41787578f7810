import { type OsdDevices, countOf, driveGroupOf, selectionsOf } from '../model';
import type { HostPlan } from './hosts/hostPlan';

/**
 * The disks of a node with these OSDs: those that the lab file names, and for each selection by properties disks of their own, from
 * /dev/vdb on, that have the properties: as many as its `limit`, or one.
 */
export function nodeDisks(devices: OsdDevices): Pick<HostPlan, 'disks' | 'rotational'> {
  const selections = selectionsOf(driveGroupOf(devices)).map(([, selection]) => selection);
  const named = selections.flatMap((selection) => ('paths' in selection ? selection.paths : []));
  const free = [...'bcdefghijklmnopqrstuvwxyz']
    .map((letter) => `/dev/vd${letter}`)
    .filter((name) => !named.includes(name));
  const found = selections.flatMap((selection) =>
    'paths' in selection
      ? []
      : free.splice(0, countOf(selection) ?? 1).map((name) => ({
          name,
          rotational: 'rotational' in selection ? selection.rotational : undefined,
        })),
  );
  return {
    disks: [...named, ...found.map(({ name }) => name)],
    rotational: Object.fromEntries(
      found.flatMap(({ name, rotational }) => (rotational === undefined ? [] : [[name, rotational]])),
    ),
  };
}
