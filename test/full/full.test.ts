import {
  controlPlaneDeploys,
  expectClones,
  expectGuestBoots,
  gitStatus,
  minutes,
} from '../sandbox/expectations';
import { collapsed, itEnds, itIsComplete } from '../sandbox/everyLab';
import { LabUnderTest } from '../sandbox/labUnderTest';
import { ArgumentWatch } from '../sandbox/secrets';
import { Traces } from '../sandbox/traces';

/*
 * The collapsed arrangement end to end with `tripleo: full`: cephadm deploys its clusters and Heat creates its stacks. The tests
 * share one lab; each builds on the tests before it.
 */
const lab = new LabUnderTest(`full${process.pid}`);
const machine = Traces.now();
const argumentLists = new ArgumentWatch();
const { cephHosts, images } = collapsed;

/** The shipped lab file with `tripleo: full`. */
const inFull = (text: string): string =>
  text.replace(
    'glance-dcn:sandbox: { servers: true }',
    'glance-dcn:sandbox: { servers: true, tripleo: full }',
  );

describe('the collapsed arrangement with `tripleo: full`', () => {
  const before = gitStatus();

  afterAll(async () => {
    argumentLists.stop();
    await lab.cleanUp();
  }, minutes(3));

  it(
    'comes up by one command, with clones of images at every site',
    async () => {
      lab.write(inFull);
      await lab.adoptEnvironment();
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, images, ['central', 'dcn0', 'dcn1']);
      process.stdout.write((await lab.dcn('timeline')).stdout);
      expect(await controlPlaneDeploys(lab)).toBeLessThanOrEqual(2);
      expect(gitStatus()).toBe(before);
    },
    minutes(90),
  );

  it.each(cephHosts)(
    'has a healthy cluster $cluster that cephadm runs in containers',
    async ({ node, cluster }) => {
      const shell = `cephadm shell --config /etc/ceph/${cluster}.conf --keyring /etc/ceph/${cluster}.client.admin.keyring --`;
      const daemons = JSON.parse(await lab.onNode(node, `${shell} ceph orch ps -f json`)) as {
        container_image_name: string;
        status_desc: string;
      }[];
      expect(daemons.length).toBeGreaterThanOrEqual(3);
      for (const { container_image_name: image, status_desc: state } of daemons) {
        expect([image, state]).toEqual(['localhost/ceph:16', 'running']);
      }
      expect(await lab.onNode(node, `${shell} ceph health`)).toMatch(/^HEALTH_OK/);
    },
    minutes(3),
  );

  it.each(['control-plane', 'dcn0', 'dcn1'])(
    'has a stack %s that Heat created',
    async (site) => {
      const log = `~/dcn/${lab.name}/jobs/${site}/overcloud-stack`;
      expect(await lab.onUndercloud(`grep -rhoE 'Stack .*CREATE_COMPLETE' ${log} | tail -n 1`)).toMatch(
        /CREATE_COMPLETE/,
      );
    },
    minutes(1),
  );

  itIsComplete(lab, images, cephHosts);

  it(
    'boots a server as a clone at each site, and leaves no server',
    async () => {
      await expectGuestBoots(lab, ['control-plane', 'dcn0', 'dcn1']);
    },
    minutes(8),
  );

  itEnds(lab, { cephHosts, argumentLists, machine, before });
});
