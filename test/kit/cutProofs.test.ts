import * as fs from 'node:fs';
import execa from 'execa';
import type { FakeGlance } from './fakeGlance';
import { addClone, lab } from './imageLab';
import type { TestUndercloud } from './undercloud';

jest.setTimeout(120_000);

/* A proof of clones whose kit and whose connection end at once leaves its clone and its copy. */

const left = 'glance-dcn-dev-101500-0a1b2c3d';
const others = ['glance-dcn-dev-2-101500-0a1b2c3d-clone', 'glance-dcn-dev-notes', 'server-1_disk'];
const disks = (here: TestUndercloud): string[] => fs.readdirSync(here.path('ceph/dcn0/vms')).sort();

/** Disks of the cluster dcn0: what a proof has left, and what belongs to others. Image `plain` is the parent of `clones`. */
const withDisks = (
  clones: string[],
  work: (here: TestUndercloud, glance: FakeGlance) => Promise<void>,
): (() => Promise<void>) =>
  lab(async (here, glance) => {
    const id = glance.add('plain', ['central', 'dcn0']);
    [`${left}-clone`, `${left}-copy`, ...others].forEach((name) => here.write(`ceph/dcn0/vms/${name}`, ''));
    addClone(here, 'dcn0', id, clones);
    await work(here, glance);
  });
const remove = ['images', 'remove', 'plain', '--from', 'dcn0'];

test.concurrent(
  'the next proof of the same lab removes them, and nothing else',
  withDisks([], async (here) => {
    const { code, stderr } = await here.kit(['images', 'clone', 'plain', '--at', 'dcn0']);
    expect([code, disks(here)]).toEqual([0, others]);
    expect(stderr).toContain(`store dcn0: vms/${left}-copy was left by a killed proof, and is removed\n`);
  }),
);

test.concurrent(
  'they do not keep an image from being removed',
  withDisks([`${left}-clone`], async (here, glance) => {
    expect((await here.kit(remove)).code).toBe(0);
    expect([glance.where('plain'), disks(here)]).toEqual([['central'], others]);
  }),
);

test.concurrent(
  'clones of other labs, of servers, and one that a program has open keep it',
  withDisks([`${left}-clone`, ...others], async (here, glance) => {
    here.write('ceph/dcn0/watched', `vms/${left}-clone\n`);
    const { code, stderr } = await here.kit(remove);
    expect([code, glance.where('plain')]).toEqual([2, ['central', 'dcn0']]);
    expect(stderr).toContain(
      `it is the parent of vms/${left}-clone, ${others.map((name) => `vms/${name}`).join(', ')}; delete`,
    );
    expect(disks(here)).toEqual([`${left}-clone`, ...others]);
  }),
);

test.concurrent(
  'the clone of a proof under way stays until the proof has ended',
  withDisks([`${left}-clone`], async (here) => {
    here.write('dcn/dev/stores/dcn0.proof', '{"holder":"a proof of clones","since":"2026-11-30T10:15:00"}');
    const proof = execa('flock', ['--no-fork', here.path('dcn/dev/stores/dcn0.proof'), 'sleep', '60']);
    const removal = here.start(remove);
    await removal.says(/store dcn0: waits for a proof of clones that runs since 2026-11-30T10:15:00Z/);
    expect(disks(here)).toContain(`${left}-clone`);
    proof.kill();
    await proof.catch(() => undefined);
    expect((await removal.ended).code).toBe(0);
  }),
);
