import * as path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { projectRoot, readerBeside } from '../../lib/paths';
import { importLab, type LabPlan, labOfFile, parseLab, planLab, type SitePlan } from '../../model';
import { layOut } from '../kit/deployedTree';
import { within } from '../kit/undercloud';
import { shipped, shippedFiles } from './labs';
import { surveyOf, undercloud } from './surveys';

/*
 * Round trips: a plan is deployed (test/kit/deployedTree.ts stands in for that), the real kit surveys what is there, and the lab file that
 * the import makes of it must give the same plan again.
 */

jest.setTimeout(120_000);

const planOf = (file: string): LabPlan => {
  const lab = parseLab(
    labOfFile(path.basename(file))!,
    shipped(file),
    readerBeside(path.join(projectRoot, file)),
  );
  return planLab(lab);
};

/** What a site's plan does, but for how its hosts are reached, and for pools and routes of undercloud.conf. */
function comparable({ nodes, subnets, racks, openstack: _, ...site }: SitePlan): object {
  void _;
  const named = nodes.map(({ login, server, ...node }) => (void login, void server, node));
  const plain = (subnet: SitePlan['subnets'][number]) =>
    subnet.network === 'ctlplane' ? { ...subnet, pools: [], routes: [] } : subnet;
  return {
    ...site,
    nodes: named.sort((a, b) => (a.name < b.name ? -1 : 1)),
    subnets: subnets.map(plain),
    racks: racks?.map((rack) => ({ ...rack, subnets: rack.subnets.map((subnet) => plain(subnet as never)) })),
    steps: site.steps.map((step) => ({
      ...step,
      // The order of an operator's parameters means nothing.
      files: Object.entries(step.files).map(([file, text]) => [
        file,
        /\.yaml$/.test(file) ? parseAll(text) : text,
      ]),
    })),
  };
}

const parseAll = (text: string): unknown[] =>
  parseAllDocuments(text).map((document) => document.toJS() as unknown);

test.each(shippedFiles.map((file) => [file]))(
  '%s: deployed, surveyed and imported, the plan is the same',
  (file) =>
    within(async (here) => {
      const plan = planOf(file);
      await layOut(here, plan);
      const survey = await surveyOf(here);
      const found = importLab(survey, plan.lab, undercloud);
      expect(found.notes.map(({ kind, at }) => `${kind} ${at}`)).toEqual([
        `unseen Glance and Nova of stack ${plan.sites.find(({ kind }) => kind === 'control-plane')!.stack}`,
      ]);
      const again = planLab(parseLab(plan.lab, found.text));
      expect(again.sites.map(comparable)).toEqual(plan.sites.map(comparable));
    })(),
);
