import * as fs from 'node:fs';
import { answerOf, lab, prove } from './serverLab';

jest.setTimeout(60_000);

test(
  'the kit reads TripleO’s files of a site by the name of its stack, and knows the names of zones',
  lab(async ({ here, glance, nova }) => {
    glance.add('guest', ['central', 'dcn0']);
    for (const [site, stack] of Object.entries({ 'control-plane': 'central', dcn0: 'leaf-1' })) {
      const commands = [`openstack overcloud deploy --stack ${stack} --stack-only`];
      expect((await here.run(here.job(`${site}/overcloud-stack`, { commands }))).code).toBe(0);
    }
    const missing = await here.kit(['images', 'list']);
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\/centralrc is missing: deploy the control plane first/) as string,
    });
    fs.renameSync(here.path('control-planerc'), here.path('centralrc'));
    const files = 'overcloud-deploy/leaf-1/config-download';
    fs.mkdirSync(here.path(files), { recursive: true });
    fs.renameSync(here.path('overcloud-deploy/dcn0/config-download/dcn0'), here.path(`${files}/leaf-1`));
    nova.zones = { Leaf1: { 'dcn0-hci-0': true } };
    const proof = await prove({ here, glance, nova }, { zone: 'Leaf1', cluster: 'Leaf1' });
    expect(proof).toMatchObject({ code: 0 });
    expect(answerOf(proof)).toMatchObject({ outcome: 'clone', faults: [] });
  }),
);
