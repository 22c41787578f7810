import {
  type CephHost,
  expectEqualContent,
  expectGoneAfterDestroy,
  expectNoSecretTold,
  expectSecretsKept,
  minutes,
} from './expectations';
import type { LabUnderTest } from './labUnderTest';
import { type ArgumentWatch, secretsOf } from './secrets';
import type { Traces } from './traces';

/* Tests of a lab with Ceph, whatever its arrangement and the mode of its undercloud, in the order of its life. */

/** The shipped collapsed arrangement: a host of each Ceph cluster, and the images beside the guest. */
export const collapsed = {
  cephHosts: [
    { node: 'oc0-controller-0', cluster: 'central' },
    { node: 'oc0-ceph-4', cluster: 'dcn0' },
    { node: 'oc0-ceph-5', cluster: 'dcn1' },
  ],
  images: ['plain-256', 'packed-128'],
};

/** Once it is up. */
export function itIsAtRest(lab: LabUnderTest, images: string[], cephHosts: CephHost[]): void {
  it(
    'changes nothing when run again',
    async () => {
      expect((await lab.dcn('up')).stdout).toContain('Nothing changed.');
    },
    minutes(10),
  );

  it(
    'holds equal, raw content in all clusters',
    async () => {
      await lab.dcn('images', 'verify');
      for (const name of images) {
        await expectEqualContent(lab, name, cephHosts);
      }
    },
    minutes(5),
  );
}

/** What its end is judged by. */
export interface Life {
  cephHosts: CephHost[];
  /** Hosts beside the undercloud and those of Ceph that have secrets. */
  otherHosts?: string[];
  argumentLists: ArgumentWatch;
  /** The machine before the lab, and what git then said of the project. */
  machine: Traces;
  before: string;
}

/** Once everything has happened: its secrets were kept, and it leaves without a trace. */
export function itEnds(lab: LabUnderTest, life: Life): void {
  const nodes = life.cephHosts.map(({ node }) => node);
  let found: Promise<string[]> | undefined;
  const secrets = (): Promise<string[]> => (found ??= secretsOf(lab, nodes));

  it(
    'shows no secret in state, previews, argument lists, or what any command printed',
    async () => {
      expectNoSecretTold(lab, await secrets(), life.argumentLists);
    },
    minutes(5),
  );

  it(
    'keeps every secret on its hosts in files that only their owners read',
    async () => {
      await expectSecretsKept(lab, await secrets(), ['undercloud', ...(life.otherHosts ?? []), ...nodes]);
    },
    minutes(10),
  );

  it(
    'is gone without a trace after destroy',
    async () => {
      await expectGoneAfterDestroy(lab, life.machine, life.before);
    },
    minutes(20),
  );
}
