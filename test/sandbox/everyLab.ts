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

/* Tests of every lab with Ceph, in any arrangement and either mode of the undercloud, in the order of the lab's life. */

/** The shipped collapsed arrangement: one host of each Ceph cluster, and its images except the guest. */
export const collapsed = {
  cephHosts: [
    { node: 'oc0-controller-0', cluster: 'central' },
    { node: 'oc0-ceph-4', cluster: 'dcn0' },
    { node: 'oc0-ceph-5', cluster: 'dcn1' },
  ],
  images: ['plain-256', 'packed-128'],
};

/** Tests of a lab that is up. */
export function itIsAtRest(lab: LabUnderTest, images: string[], cephHosts: CephHost[]): void {
  it(
    'changes nothing when run again',
    async () => {
      expect((await lab.dcn('up')).stdout).toContain('Nothing changed.');
    },
    minutes(10),
  );

  it(
    'has the same raw content of each image in all clusters',
    async () => {
      await lab.dcn('images', 'verify');
      for (const name of images) {
        await expectEqualContent(lab, name, cephHosts);
      }
    },
    minutes(5),
  );
}

/** What the tests of a lab's end compare with. */
export interface Life {
  cephHosts: CephHost[];
  /** Further hosts with secrets, beside the undercloud and those of Ceph. */
  otherHosts?: string[];
  argumentLists: ArgumentWatch;
  /** The machine and `git status` before the lab. */
  machine: Traces;
  before: string;
}

/** The last tests of a lab: its secrets were kept, and its end leaves no trace. */
export function itEnds(lab: LabUnderTest, life: Life): void {
  const nodes = life.cephHosts.map(({ node }) => node);
  let found: Promise<string[]> | undefined;
  const secrets = (): Promise<string[]> => (found ??= secretsOf(lab, nodes));

  it(
    'shows no secret in state, previews, argument lists or any command’s output',
    async () => {
      expectNoSecretTold(lab, await secrets(), life.argumentLists);
    },
    minutes(5),
  );

  it(
    'keeps every secret on its hosts in files that only their owners can read',
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
