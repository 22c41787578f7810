import { parse } from 'yaml';
import { parseLab, planLab } from '../../model';
import { cacheText, labText } from './labs';

type Parameters = Record<string, Record<string, unknown> | undefined>;

const apiConfig = 'glance::config::api_config';
const option = 'DEFAULT/image_location_quota';

/** Puppet's data of a site that its last file with such data has, by the name of their parameter. */
function puppetData(text: string, site = 'control-plane'): Parameters {
  const plan = planLab(parseLab('dev', text)).sites.find(({ name }) => name === site);
  const files = plan?.steps.find(({ name }) => name === 'overcloud-stack')?.files ?? {};
  const texts = ['glance.yaml', 'parameters.yaml'].map((file) => files[`${site}/${file}`] ?? '{}');
  const parsed = texts.map(
    (one) => (parse(one) as { parameter_defaults?: Parameters }).parameter_defaults ?? {},
  );
  return Object.assign({}, ...parsed) as Parameters;
}

/** A lab of this many edge sites with stores, and a control plane with these parameters. */
function lab(edges: number, parameters = '{}'): string {
  const text = Array.from(
    { length: edges },
    (_, index) => `    dcn${index}: { nodes: { n${index}-0: DistributedComputeHCI } }\n`,
  ).join('');
  const nodes = 'nodes: { c-0: Controller, s-0: CephStorage }';
  return labText({ controlPlane: `{ parameters: ${parameters}, ${nodes} }`, edges: text });
}

test('glance-api of the control plane takes a location for each store, if these are more than its ten', () => {
  expect(puppetData(lab(9))).not.toHaveProperty('ExtraConfig');
  expect(puppetData(lab(10)).ExtraConfig).toEqual({ [apiConfig]: { [option]: { value: -1 } } });
  expect(puppetData(lab(10), 'dcn3').ExtraConfig).not.toHaveProperty(apiConfig);
});

test('sites with caches have no stores', () => {
  expect(puppetData(cacheText)).not.toHaveProperty('ExtraConfig');
});

test('options of glance-api that the site’s own parameters set stand beside it', () => {
  const own = `{ ExtraConfig: { "nova::debug": true, "${apiConfig}": { DEFAULT/x: { value: 1 } } } }`;
  expect(puppetData(lab(10, own)).ExtraConfig).toEqual({
    'nova::debug': true,
    [apiConfig]: { [option]: { value: -1 }, 'DEFAULT/x': { value: 1 } },
  });
});

test('it is also in the map of a role if the site’s own parameters have that one, which hides the map of all roles', () => {
  const own = `{ ControllerExtraConfig: { "${apiConfig}": { DEFAULT/x: { value: 1 } } } }`;
  const found = puppetData(lab(10, own));
  expect(found.ControllerExtraConfig).toMatchObject({
    [apiConfig]: { [option]: { value: -1 }, 'DEFAULT/x': { value: 1 } },
  });
  expect(found.ExtraConfig).toEqual({ [apiConfig]: { [option]: { value: -1 } } });
});

test('names of roles may have digits', () => {
  const own = `{ Controller2ExtraConfig: { "${apiConfig}": { DEFAULT/x: { value: 1 } } } }`;
  expect(puppetData(lab(10, own)).Controller2ExtraConfig).toEqual({
    [apiConfig]: { [option]: { value: -1 }, 'DEFAULT/x': { value: 1 } },
  });
});

test('a limit of the site’s own parameters wins', () => {
  const own = `{ ExtraConfig: { "${apiConfig}": { ${option}: { value: 40 } } } }`;
  expect(puppetData(lab(10, own)).ExtraConfig).toEqual({ [apiConfig]: { [option]: { value: 40 } } });
});
