import {
  type CephHost,
  expectEqualContent,
  expectGoneAfterDestroy,
  expectNoSecretShown,
  expectSecretsKept,
  minutes,
} from './expectations';
import type { LabUnderTest } from './labUnderTest';
import { type ArgumentWatch, secretsOf } from './secrets';
import type { Traces } from './traces';

/* Tests that hold for every lab with Ceph, in any arrangement and either mode of the undercloud, in the order of its life. */

/** Of the shipped collapsed arrangement: one host of each Ceph cluster, and the images except the guest. */
export const collapsed = {
  cephHosts: [
    { node: 'oc0-controller-0', cluster: 'central' },
    { node: 'oc0-ceph-4', cluster: 'dcn0' },
    { node: 'oc0-ceph-5', cluster: 'dcn1' },
  ],
  images: ['plain-256', 'packed-128'],
};

/** Declares the tests of a lab that is up. */
export function itIsComplete(lab: LabUnderTest, images: string[], cephHosts: CephHost[]): void {
  it(
    'changes nothing when run again, and proves the images again only if asked to',
    async () => {
      const { stdout } = await lab.dcn('up');
      expect(stdout).toContain('Nothing changed.');
      expect(stdout).not.toContain('parent of the clone');
      expect((await lab.dcn('up', '--prove')).stdout).toContain('parent of the clone');
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

/** Input of the tests of a lab's end. */
export interface EndOfLab {
  cephHosts: CephHost[];
  /** Further hosts with secrets, beside the undercloud and those of Ceph. */
  otherHosts?: string[];
  argumentLists: ArgumentWatch;
  /** `machine` and `before`: the machine, and the output of `git status`, before the lab existed. */
  machine: Traces;
  before: string;
}

/** Declares the last tests of a lab: no secret was shown, and destroy leaves no trace. */
export function itEnds(lab: LabUnderTest, end: EndOfLab): void {
  const nodes = end.cephHosts.map(({ node }) => node);
  let found: Promise<string[]> | undefined;
  const secrets = (): Promise<string[]> => (found ??= secretsOf(lab, nodes));

  it(
    'shows no secret in state, previews, argument lists or the output of a command',
    async () => {
      expectNoSecretShown(lab, await secrets(), end.argumentLists);
    },
    minutes(5),
  );

  it(
    'has its secrets only in files that others cannot read',
    async () => {
      await expectSecretsKept(lab, await secrets(), ['undercloud', ...(end.otherHosts ?? []), ...nodes]);
    },
    minutes(10),
  );

  it(
    'is gone without a trace after destroy',
    async () => {
      await expectGoneAfterDestroy(lab, end.machine, end.before);
    },
    minutes(20),
  );
}
