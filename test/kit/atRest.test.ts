import { type Status, unrest } from './atRest';
import { deployControlPlane, lab, leave } from './storeLab';
import type { TestUndercloud } from './undercloud';

jest.setTimeout(180_000);

const seen = async (here: TestUndercloud): Promise<string[]> =>
  unrest(await here.json<Status>(['status', '--json']), ['control-plane'], ['central']);

test.concurrent(
  'a lab at rest has no lock, announcement, job or store but those of the plan',
  lab(async (here) => {
    await deployControlPlane(here);
    expect(await seen(here)).toEqual([]);
    const job = here.job('control-plane/late', {
      commands: ['openstack overcloud deploy --stack x'],
      teardown: ['true'],
    });
    here.behave('sleep 60');
    const running = here.start(['job', 'run'], job);
    await running.says(/run 1, \d+s, 1\/1 openstack/);
    const leaving = await leave(here, 'dcn0');
    await here.json(['stores', 'announce', 'dcn1']);
    expect(await seen(here)).toEqual([
      'site dcn0 is announced: it is being taken down',
      expect.stringMatching(/^site dcn1 is announced: it was active \d+s ago$/),
      'lock stack-x is held by control-plane/late (lab dev)',
      'job control-plane/late is running',
    ]);
    here.killSupervisors();
    here.kill(/openstack|sleep/);
    await running.ended;
    leaving.endInput();
    await leaving.ended;
    await here.json(['site', 'close', 'dcn1']);
    expect(await seen(here)).toEqual([
      expect.stringMatching(/^job control-plane\/late is failed: its processes ended without an exit status/),
    ]);
    await here.json(['job', 'undo'], job);
    expect(await seen(here)).toEqual(['job control-plane/late is gone']);
    const status = await here.json<Status>(['status', '--json']);
    expect(unrest(status, [], ['central', 'dcn0'])).toEqual([
      'job control-plane/network-provision is succeeded',
      'job control-plane/overcloud-stack is succeeded',
      'job control-plane/overcloud-config is succeeded',
      'registered are the stores central, wanted are central, dcn0',
    ]);
  }),
);
