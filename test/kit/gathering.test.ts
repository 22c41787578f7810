import { composedFiles, configRuns, deployControlPlane, lab, register } from './storeLab';
import { type Running, type TestUndercloud, until } from './undercloud';

/* `stores gather`: registrations of more sites than come up side by side. */

jest.setTimeout(240_000);

const sites = ['dcn0', 'dcn1', 'dcn2'];

/** Deploys the control plane, and starts to gather registrations. */
async function gathering(here: TestUndercloud): Promise<Running> {
  await deployControlPlane(here);
  const gather = here.open(['stores', 'gather', '--grace', '1']);
  await gather.prints(/^dev$/m);
  return gather;
}

/** Registers the stores one after the other, as sites in a narrow window do. */
async function registerEach(here: TestUndercloud): Promise<void> {
  for (const site of sites) {
    const { code, stderr } = await register(here, site).ended;
    expect([code, stderr]).toEqual([0, expect.stringMatching(/is on record; the control plane gets it/)]);
  }
}

test.concurrent(
  'sites that register one after the other share one update, and wait for none',
  lab(async (here) => {
    const gather = await gathering(here);
    // A site that is on its way: it comes in a later window.
    await here.json(['stores', 'announce', 'dcn9']);
    await registerEach(here);
    expect(configRuns(here)).toBe(1);
    expect(await here.json(['stores', 'commit', '--grace', '60'])).toEqual({ stores: sites });
    expect(configRuns(here)).toBe(2);
    expect(composedFiles(here).clusters).toEqual(sites);
    gather.endInput();
    expect((await gather.ended).code).toBe(0);
    expect(await here.json(['stores', 'commit'])).toEqual({ stores: sites });
    expect(configRuns(here)).toBe(2);
  }),
);

test.concurrent(
  'stores that were gathered come to the control plane also if their `./dcn up` is killed',
  lab(async (here) => {
    const gather = await gathering(here);
    await registerEach(here);
    expect(configRuns(here)).toBe(1);
    gather.endInput();
    await gather.ended;
    await until(() => here.state('stores/update') === 'succeeded', 'the update');
    expect(composedFiles(here).clusters).toEqual(sites);
    // The next registration waits for its update again.
    expect((await register(here, 'dcn3').ended).stderr).not.toContain(
      'is on record; the control plane gets it',
    );
    expect(composedFiles(here).clusters).toEqual([...sites, 'dcn3']);
  }),
);

test.concurrent(
  'one process gathers registrations at a time',
  lab(async (here) => {
    const gather = await gathering(here);
    const { code, stderr } = await here.kit(['stores', 'gather']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/another `.\/dcn up` gathers registrations since/),
    ]);
    gather.endInput();
    await gather.ended;
  }),
);
