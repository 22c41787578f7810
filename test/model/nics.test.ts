import { parse } from 'yaml';
import { parseLab, planSite, type SitePlan } from '../../model';
import { environments, step } from './anyLab';
import { cacheText, devText, existingText, openstackText } from './labs';

/** The values that a site's overcloud gets from the plan's own files; of two files that set one parameter, the later one wins. */
function effective(site: SitePlan): Record<string, unknown> {
  const { commands, files } = step(site, 'overcloud-stack');
  const texts = environments(commands[0]!).flatMap((path) => {
    const file = Object.keys(files).find((name) => path.endsWith(`/${name}`));
    return file === undefined ? [] : [files[file]!];
  });
  const values = texts.map(
    (text) => (parse(text) as { parameter_defaults: Record<string, unknown> }).parameter_defaults,
  );
  return Object.assign({}, ...values) as Record<string, unknown>;
}

test.each([
  ['sandbox', devText],
  ['sandbox, caches', cacheText],
  ['existing', existingText],
  ['openstack', openstackText],
])('os-net-config changes no interface of hosts that have their addresses: %s', (_, text) => {
  const lab = parseLab('dev', text);
  for (const name of Object.keys(lab.sites)) {
    expect(effective(planSite(lab, name)).NetworkConfigWithAnsible).toBe(false);
  }
});
