import { type Survey, surveyAnswer } from '../../model';
import { hostKeyOf } from '../hostKeys';
import { secrets } from '../kit/deployedTree';
import type { TestUndercloud } from '../kit/undercloud';

/** The undercloud of imports. */
export const undercloud = {
  host: 'undercloud.example.com',
  port: 22,
  user: 'stack',
  hostKey: hostKeyOf('undercloud'),
  privateKeyFile: '~/.ssh/id_ed25519',
};

/** A role of a stack without networks and services. */
export const bareRole = (name: string): Survey['stacks'][number]['roles'][number] => ({
  name,
  networks: {},
  defaultRoutes: [],
  services: [],
  data: { name },
  untaken: [],
});

/** What the real kit finds in a deployed tree (test/kit/deployedTree.ts), in the home directory that plans have. Fails if a secret is in it. */
export async function surveyOf(here: TestUndercloud): Promise<Survey> {
  const survey = surveyAnswer.parse(await here.json(['survey']));
  expect(JSON.stringify(survey)).not.toMatch(new RegExp(Object.values(secrets).join('|')));
  return { ...survey, home: '/home/stack' };
}
