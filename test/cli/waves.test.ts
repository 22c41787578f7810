import * as fc from 'fast-check';
import { type StackNode, stacksOf } from '../../cli/run/graph';
import { type StackReport, runStacks } from '../../cli/run/schedule';
import { summaryText } from '../../cli/run/summary';
import { type WaveOptions, inWaves, stoppedWaves } from '../../cli/run/waves';
import { parseLab, planLab } from '../../model';
import { cacheText, devText, labText, multistoreText } from '../model/labs';

const stacksOfLab = (name: string, text: string): StackNode[] => stacksOf(planLab(parseLab(name, text)));

/** The stacks of a small lab with so many edge sites. */
const stacksOfSites = (count: number): StackNode[] =>
  stacksOfLab(
    'lab',
    labText({
      edges: Array.from(
        { length: count },
        (_, site) => `    dcn${site}: { nodes: { h${site}-0: DistributedComputeHCI } }\n`,
      ).join(''),
    }),
  );

/** Runs all nodes; those of `failing` fail. @returns starts and ends in order, and the reports */
async function run(
  nodes: StackNode[],
  failing: string[] = [],
  parallel?: number,
): Promise<{ events: string[]; reports: StackReport[] }> {
  const events: string[] = [];
  const reports: StackReport[] = [];
  await runStacks(
    nodes,
    async ({ name }) => {
      events.push(`+${name}`);
      await new Promise((resolve) => setImmediate(resolve));
      if (failing.includes(name)) {
        throw new Error(`${name} has no disk`);
      }
    },
    ({ name: stack }, outcome) => {
      events.push(`-${stack}`);
      reports.push({ stack, outcome, seconds: 0 });
    },
    { parallel },
  );
  return { events, reports };
}

describe('the waves of a lab', () => {
  const wavesOf = (text: string, options: WaveOptions) => inWaves(stacksOfLab('l', text), options).waves;

  test.each<[string, string, WaveOptions, string[][]]>([
    [
      'the canary, then the rest',
      devText,
      { canary: 'dcn1' },
      [['l', 'l-control-plane'], ['l-dcn1', 'canary dcn1'], ['l-dcn0'], ['l-images']],
    ],
    ['groups alone', devText, { wave: 1 }, [['l', 'l-control-plane'], ['l-dcn0'], ['l-dcn1'], ['l-images']]],
    [
      'a wave that is larger than the lab',
      devText,
      { wave: 100 },
      [['l', 'l-control-plane'], ['l-dcn0', 'l-dcn1'], ['l-images']],
    ],
    [
      'external Ceph and the control plane first, computes of the central site like those of other sites',
      multistoreText,
      { canary: 'dcn1', wave: 1 },
      [
        ['l', 'l-external-ceph', 'l-control-plane'],
        ['l-dcn1', 'canary dcn1'],
        ['l-central'],
        ['l-dcn0'],
        ['l-images'],
      ],
    ],
    [
      'sites with caches',
      cacheText,
      { canary: 'central', wave: 5 },
      [['l', 'l-control-plane'], ['l-central', 'canary central'], ['l-dcn0', 'l-dcn1'], ['l-images']],
    ],
    [
      'a canary that is the only site',
      labText(),
      { canary: 'dcn0', wave: 3 },
      [['l', 'l-control-plane'], ['l-dcn0', 'canary dcn0'], ['l-images']],
    ],
  ])('%s', (_, text, options, waves) => expect(wavesOf(text, options)).toEqual(waves));

  test('a site that others build on cannot be the canary, nor one that the lab lacks', () => {
    expect(() => wavesOf(multistoreText, { canary: 'control-plane' })).toThrow(
      '--canary control-plane: the other sites build on it, so it always goes first, and a fault there is one of all sites. ' +
        'Name one of central, dcn0, dcn1.',
    );
    expect(() => wavesOf(multistoreText, { canary: 'external-ceph' })).toThrow('always goes first');
    expect(() => wavesOf(devText, { canary: 'dcn7' })).toThrow(
      '--canary dcn7: no site of the lab file. Name one of dcn0, dcn1.',
    );
    const alone = labText({ edges: '' });
    expect(() => wavesOf(alone, { canary: 'control-plane' })).toThrow('none: the lab has no other site');
    expect(wavesOf(alone, { wave: 2 })).toEqual([['l', 'l-control-plane'], ['l-images']]);
  });
});

test('a wave starts when the wave before is done, whatever the window', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 7 }),
      fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      fc.boolean(),
      fc.integer({ min: 1, max: 5 }),
      async (count, wave, hasCanary, parallel) => {
        const canary = hasCanary && count > 0 ? `dcn${count - 1}` : undefined;
        const { nodes, waves } = inWaves(stacksOfSites(count), { canary, wave });
        const { events, reports } = await run(nodes, [], parallel);
        expect(reports.map(({ outcome }) => outcome.state)).toEqual(nodes.map(() => 'done'));
        waves.slice(1).forEach((names, index) => {
          const ends = (waves[index] as string[]).map((name) => events.indexOf(`-${name}`));
          const starts = names.map((name) => events.indexOf(`+${name}`));
          expect(Math.max(...ends)).toBeLessThan(Math.min(...starts));
        });
      },
    ),
    { numRuns: 50 },
  );
});

describe('a run that stops says where, what became of each site, and what goes on', () => {
  const options = { canary: 'dcn2', asAdmin: true, wave: 2 };
  const waves = inWaves(stacksOfSites(5), options);
  const again = ['--canary', 'dcn2', '--as-admin', '--wave', '2', '--parallel', '3'];
  const proven = ['--wave', '2', '--parallel', '3'];

  test.each<[string, string[], string[], string[]]>([
    [
      'before the canary',
      ['lab-control-plane'],
      [
        'Stopped before the canary.',
        'Sites failed: control-plane; not started: dcn2, dcn0, dcn1, dcn3, dcn4.',
      ],
      again,
    ],
    [
      'at the canary, whose deployment failed',
      ['lab-dcn2'],
      [
        'Stopped at the canary dcn2.',
        'Sites done: control-plane; failed: dcn2; not started: dcn0, dcn1, dcn3, dcn4.',
      ],
      again,
    ],
    [
      'at the canary, whose servers failed',
      ['canary dcn2'],
      [
        'Stopped at the canary dcn2.',
        'Sites done: control-plane; failed: dcn2; not started: dcn0, dcn1, dcn3, dcn4.',
      ],
      again,
    ],
    [
      'in a group: its other sites come up, the canary need not be proven again',
      ['lab-dcn1'],
      [
        'Stopped in group 1 of 2.',
        'Sites done: control-plane, dcn2, dcn0; failed: dcn1; not started: dcn3, dcn4.',
      ],
      proven,
    ],
    ['at the images', ['lab-images'], ['Sites done: control-plane, dcn2, dcn0, dcn1, dcn3, dcn4.'], proven],
  ])('%s', async (_, failing, said, words) => {
    const { reports } = await run(waves.nodes, failing);
    expect(stoppedWaves(waves, reports, again)).toEqual({ said, words });
  });

  test('a canary alone: the command that goes on has no waves', async () => {
    const alone = inWaves(stacksOfSites(2), { canary: 'dcn0' });
    const { reports } = await run(alone.nodes, ['lab-dcn1']);
    const lines = summaryText(
      { verb: 'up', words: ['--canary', 'dcn0'], waves: alone },
      reports,
      './dcn',
    ).split('\n');
    expect(lines.at(-1)).toMatch(/^next: .* then \.\/dcn up$/);
    expect(lines.at(-2)).toBe('Sites done: control-plane, dcn0; failed: dcn1.');
  });
});
