import { parseLab, planLab, planSite, stepRevision } from '../model';
import { largeLab } from './largeLab';
import type { Figures } from './measure';

const columns = ['edge sites', 'read and check (ms)', 'plan', 'revisions of all steps', 'plan one site'];

/** Wall time of the model's work on labs of growing size, in milliseconds: one row per size. */
export function model(): Figures[] {
  const rows = [1, 10, 100, 1000].map((sites) => {
    const text = largeLab(sites);
    const times: string[] = [];
    const timed = <T>(work: () => T): T => {
      const start = performance.now();
      const result = work();
      times.push((performance.now() - start).toFixed(1));
      return result;
    };
    const lab = timed(() => parseLab('bench', text));
    const plan = timed(() => planLab(lab));
    timed(() => plan.sites.forEach((site) => site.steps.forEach((step) => stepRevision(site, step.name))));
    timed(() => planSite(lab, `dcn${sites - 1}`));
    return [`${sites}`, ...times];
  });
  return [{ columns, rows }];
}
