import { locksLine } from '../../cli/run/waits';

const holding = { step: 'dcn1-overcloud-stack', lock: 'lock heat' };
const wait = {
  for: 'lock heat',
  holder: 'dcn1/overcloud-stack (lab dev)',
  since: '2026-11-24T05:50:12Z',
};

test('the line of locks names the holder of each lock, and the steps that wait for it', () => {
  expect(locksLine([])).toBe('no lock is held or waited for');
  expect(locksLine([holding, { step: 'dcn0-ceph-deploy' }])).toBe('lock heat: held by dcn1-overcloud-stack');
  expect(
    locksLine([holding, { step: 'dcn0-overcloud-stack', wait }, { step: 'dcn2-overcloud-stack', wait }]),
  ).toBe(
    'lock heat: held by dcn1/overcloud-stack (lab dev) since 05:50:12 UTC; ' +
      'dcn0-overcloud-stack, dcn2-overcloud-stack wait',
  );
});
