import * as fs from 'node:fs';
import {
  controlPlaneDeploys,
  expectClones,
  expectEqualContent,
  imageNamed,
  minutes,
} from '../sandbox/expectations';
import { collapsed } from '../sandbox/everyLab';
import { LabUnderTest, small } from '../sandbox/labUnderTest';
import { Traces } from '../sandbox/traces';

/*
 * A site is destroyed and recreated five times in a row, then the whole lab: it comes back as it was, and nothing is left
 * behind. The tests share one lab; each builds on the tests before it.
 */

const lab = new LabUnderTest(`soak${process.pid}`);
const machine = Traces.now();
const { cephHosts, images } = collapsed;

async function expectImagesEverywhere(): Promise<void> {
  for (const image of images) {
    await expectEqualContent(lab, image, cephHosts);
  }
}

/** Names of all files of the kit for the lab on the undercloud, except the records of runs. */
async function filesOnUndercloud(): Promise<string[]> {
  const listed = await lab.onUndercloud(
    `cd ~/dcn/${lab.name} && find . -name runs -prune -o -name __pycache__ -prune -o -print | sort`,
  );
  return listed.split('\n').filter(Boolean);
}

describe('a lab that is destroyed and brought up again', () => {
  afterAll(() => lab.cleanUp(), minutes(3));
  let files: string[] = [];
  let dcn0Runs: object[] = [];

  it(
    'comes up',
    async () => {
      lab.write(small);
      await lab.adoptEnvironment();
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, images, ['central', 'dcn0', 'dcn1']);
      dcn0Runs = await lab.runsOf('dcn0/overcloud-config');
      files = await filesOnUndercloud();
    },
    minutes(30),
  );

  it.each([1, 2, 3, 4, 5])(
    'destroys and recreates a site with its images: time %i',
    async () => {
      const deploys = await controlPlaneDeploys(lab);
      await lab.dcn('destroy', 'dcn1', '--yes');
      for (const image of images) {
        expect((await imageNamed(lab, image)).stores).toEqual(['central', 'dcn0']);
      }
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, images, ['central', 'dcn0', 'dcn1']);
      await expectImagesEverywhere();
      expect(await controlPlaneDeploys(lab)).toBe(deploys + 2);
      expect(await lab.runsOf('dcn0/overcloud-config')).toEqual(dcn0Runs);
      expect(await filesOnUndercloud()).toEqual(files);
    },
    minutes(20),
  );

  it(
    'is destroyed as a whole without a trace, and comes back unchanged',
    async () => {
      await lab.dcn('destroy', '--yes');
      expect(fs.existsSync(lab.state)).toBe(false);
      expect(machine.leftSince(lab.name)).toEqual([]);
      await lab.dcn('up');
      await expectImagesEverywhere();
      expect(await filesOnUndercloud()).toEqual(files);
      await lab.dcn('destroy', '--yes');
      expect(machine.leftSince(lab.name)).toEqual([]);
    },
    minutes(40),
  );
});
