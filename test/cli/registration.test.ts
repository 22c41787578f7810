import type { LabContext } from '../../cli/context';
import { GatheredRegistration, gathers } from '../../cli/run/registration';
import { Interrupted } from '../../cli/run/schedule';
import { KitShell } from '../../cli/undercloud';
import { UserError } from '../../lib/userError';
import { parseLab, planLab } from '../../model';
import { largeLab } from '../../bench/largeLab';

/* How `./dcn up` gathers the registrations of many sites: the kit is mocked. */

jest.mock('../../cli/undercloud');

const stop = new AbortController();
let ask: jest.Mock;
let hold: jest.Mock;
let close: jest.Mock;
let said: string[];
let registration: GatheredRegistration;
beforeEach(() => {
  ask = jest.fn(async () => ({ stores: [] }));
  hold = jest.fn(async () => undefined);
  close = jest.fn();
  said = [];
  jest.mocked(KitShell.connect).mockResolvedValue({ ask, hold, close } as unknown as KitShell);
  registration = new GatheredRegistration({} as LabContext, (line) => said.push(line), stop.signal);
});

async function bringUp(sites: number): Promise<void> {
  for (let site = 0; site < sites; site += 1) {
    await registration.beforeSite();
    registration.afterSite();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test.each([
  [1, 1],
  [99, 1],
  [1000, 11],
])('%d sites cost %d updates of the control plane', async (sites, updates) => {
  await bringUp(sites);
  await registration.complete();
  await registration.complete();
  registration.end();
  expect(ask).toHaveBeenCalledTimes(updates);
  expect(hold).toHaveBeenCalledTimes(1);
});

test('an update that takes long holds no site back, and no second one starts beside it', async () => {
  let end: (value: unknown) => void = () => undefined;
  ask.mockImplementationOnce(() => new Promise((resolve) => (end = resolve)));
  await bringUp(350);
  expect(ask).toHaveBeenCalledTimes(1);
  end({ stores: [] });
  await registration.complete();
  expect(ask).toHaveBeenCalledTimes(2);
});

test('an update that fails on the way is repeated at the end', async () => {
  ask.mockRejectedValueOnce(new UserError('no'));
  await bringUp(120);
  await registration.complete();
  expect(ask).toHaveBeenCalledTimes(2);
});

test('an update that fails at the end is reported', async () => {
  ask.mockRejectedValue(new UserError('no'));
  await bringUp(3);
  await expect(registration.complete()).rejects.toThrow('no');
});

test('without an answer of the undercloud, sites register their stores themselves', async () => {
  hold.mockRejectedValue(new UserError('another `./dcn up` gathers registrations'));
  await bringUp(3);
  await registration.complete();
  expect(ask).not.toHaveBeenCalled();
  expect(close).toHaveBeenCalledTimes(1);
  expect(said).toEqual(['each site registers its store itself: another `./dcn up` gathers registrations']);
});

test('an interruption ends the wait for an update', async () => {
  const interruption = new AbortController();
  let fail: (error: Error) => void = () => undefined;
  ask.mockImplementation(() => new Promise((_, reject) => (fail = reject)));
  close.mockImplementation(() => fail(new UserError('the connection was ended')));
  registration = new GatheredRegistration({} as LabContext, () => undefined, interruption.signal);
  await bringUp(2);
  const complete = registration.complete();
  setImmediate(() => interruption.abort());
  await expect(complete).rejects.toThrow(Interrupted);
});

test('a lab gathers them if it has more sites than run at once', () => {
  const lab = planLab(parseLab('large', largeLab(10)));
  expect([1, 4, 10, 11, 14].map((parallel) => gathers(lab, parallel))).toEqual([
    ...[false, true, true],
    ...[false, false],
  ]);
});
