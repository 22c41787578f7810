import { parseLab, planLab } from '../../model';
import { verbOf, wallaby } from '../tripleo/contract';
import { shipped, shippedFiles } from './labs';

test.each(shippedFiles)('%s uses only options that Wallaby’s client has', (file) => {
  const steps = planLab(parseLab('dev', shipped(file))).sites.flatMap((site) => site.steps);
  const commands = steps.flatMap(({ commands, teardown }) => [...commands, ...teardown]);
  const verbs = commands.filter((argv) => argv[0] === 'openstack' && argv[1] === 'overcloud').map(verbOf);
  expect(verbs.length).toBeGreaterThan(10);
  for (const { verb, options } of verbs) {
    const known = wallaby[verb] as string[];
    expect([verb, options.filter((option) => !known.includes(option))]).toEqual([verb, []]);
  }
});
