import * as fs from 'node:fs';
import { answerOf, lab, prove } from './serverLab';
import { within } from './undercloud';

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

test(
  'a site whose first run of a stack has failed does not go on as another stack',
  within(async (here) => {
    const job = (stack: string) =>
      here.job('dcn0/network-provision', {
        commands: [`openstack overcloud network provision -y --stack ${stack}`],
        teardown: ['true'],
      });
    here.behave('exit 1');
    expect((await here.run(job('leaf-1'))).code).toBe(1);
    here.behave('');
    const refused = await here.run(job('leaf-2'));
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        "dcn0/network-provision: the site's TripleO stack is leaf-1, and cannot become leaf-2",
      ) as string,
    });
    expect((await here.run(job('leaf-1'))).code).toBe(0);
    expect((await here.kit(['job', 'undo'], job('leaf-1'))).code).toBe(0);
    expect((await here.run(job('leaf-2'))).code).toBe(0);
  }),
);
