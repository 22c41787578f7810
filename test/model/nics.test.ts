import { parseLab, planSite } from '../../model';
import { effective } from './anyLab';
import { cacheText, devText, existingText, openstackText } from './labs';

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
