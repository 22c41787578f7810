import * as fs from 'node:fs';
import { partsOf } from '../../stacks/labFile';
import { TestLab } from './harness';

const lab = new TestLab();
afterAll(() => lab.remove());
afterEach(() => lab.write(lab.shipped()));

const failure = (stack: string) =>
  lab.run(stack).then(
    () => 'no failure',
    (error: Error & { __pulumiRunError?: boolean }) =>
      error.__pulumiRunError ? error.message : `not a RunError: ${error.message}`,
  );

test('a stack’s name gives its lab and its part', () => {
  expect(partsOf('dev')).toEqual({ lab: 'dev', part: undefined });
  expect(partsOf('dev-control-plane')).toEqual({ lab: 'dev', part: 'control-plane' });
  expect(partsOf('dev-images')).toEqual({ lab: 'dev', part: 'images' });
  expect(() => partsOf('Dev')).toThrow('lower-case');
});

test('all faults of a lab file are one message, before any resource', async () => {
  lab.write(
    lab
      .shipped()
      .replace('oc0-ceph-4: Distributed', 'oc0-ceph-4: Distribted')
      .replace('cluster: central', 'cluster: c-1'),
  );
  const message = await failure('dev-dcn0');
  expect(message).toContain('glance-dcn:sites.dcn0.nodes.oc0-ceph-4');
  expect(message).toContain('glance-dcn:sites.control-plane.ceph.cluster');
});

test('the error for an unknown site names the sites of the lab file', async () => {
  expect(await failure('dev-dcn7')).toMatch(
    /has no site dcn7; its sites: control-plane, dcn0, dcn1\. .*pulumi destroy -s dev-dcn7\.$/,
  );
});

test('the error for a missing lab file names it and the setting for another one', async () => {
  fs.rmSync(lab.file);
  const message = await failure('dev');
  expect(message).toContain(lab.file);
  expect(message).toContain('pulumi config set glance-dcn:lab FILE');
});
