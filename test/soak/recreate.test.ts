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
 * A site that is destroyed and recreated five times in a row, then the whole lab: what comes back is what was there, and
 * no round leaves anything for the next. The tests share one lab and stand on one another in this order.
 */

const lab = new LabUnderTest(`soak${process.pid}`);
const machine = Traces.now();
const { cephHosts, images } = collapsed;

async function expectImagesEverywhere(): Promise<void> {
  for (const image of images) {
    await expectEqualContent(lab, image, cephHosts);
  }
}

/** Names of all that the kit keeps of the lab on the undercloud, but for the records of what ran. */
async function keptOnUndercloud(): Promise<string[]> {
  const listed = await lab.onUndercloud(
    `cd ~/dcn/${lab.name} && find . -name runs -prune -o -name __pycache__ -prune -o -print | sort`,
  );
  return listed.split('\n').filter(Boolean);
}

describe('a lab that is taken down and brought up again', () => {
  afterAll(() => lab.takeAway(), minutes(3));
  let kept: string[] = [];
  let dcn0Runs: object[] = [];

  it(
    'begins',
    async () => {
      lab.write(small);
      await lab.adoptEnvironment();
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, images, ['central', 'dcn0', 'dcn1']);
      dcn0Runs = await lab.runsOf('dcn0/overcloud-config');
      kept = await keptOnUndercloud();
    },
    minutes(30),
  );

  it.each([1, 2, 3, 4, 5])(
    'has a site destroyed and recreated, with its images in place: time %i',
    async () => {
      const deploys = await controlPlaneDeploys(lab);
      await lab.dcn('destroy', 'dcn1');
      for (const image of images) {
        expect((await imageNamed(lab, image)).stores).toEqual(['central', 'dcn0']);
      }
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, images, ['central', 'dcn0', 'dcn1']);
      await expectImagesEverywhere();
      expect(await controlPlaneDeploys(lab)).toBe(deploys + 2);
      expect(await lab.runsOf('dcn0/overcloud-config')).toEqual(dcn0Runs);
      expect(await keptOnUndercloud()).toEqual(kept);
    },
    minutes(20),
  );

  it(
    'is destroyed as a whole without a trace, and comes back as it was',
    async () => {
      await lab.dcn('destroy');
      expect(fs.existsSync(lab.state)).toBe(false);
      expect(machine.leftSince(lab.name)).toEqual([]);
      await lab.dcn('up');
      await expectImagesEverywhere();
      expect(await keptOnUndercloud()).toEqual(kept);
      await lab.dcn('destroy');
      expect(machine.leftSince(lab.name)).toEqual([]);
    },
    minutes(40),
  );
});
