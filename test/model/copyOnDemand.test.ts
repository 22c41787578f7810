import { parse } from 'yaml';
import { parseLab, planLab } from '../../model';
import { cacheText, labText, testCases } from './labs';

interface Parameters {
  GlanceApiPolicies?: unknown;
  ExtraConfig?: Record<string, unknown>;
}

/** Parameters of a file of each site's overcloud, by site. */
function parametersOf(text: string, file: string): Record<string, Parameters> {
  return Object.fromEntries(
    planLab(parseLab('dev', text)).sites.map(({ name, steps }) => {
      const files = steps.find((step) => step.name === 'overcloud-stack')?.files ?? {};
      const parsed = parse(files[`${name}/${file}`] ?? '{}') as { parameter_defaults?: Parameters };
      return [name, parsed.parameter_defaults ?? {}];
    }),
  );
}

const key = (value: string): string => labText({ rest: `  glance-dcn:copyOnDemand: ${value}\n` });

test.each([
  ['without the key', labText(), "role:admin or 'public':%(visibility)s"],
  ['of public images', key('public'), "role:admin or 'public':%(visibility)s"],
  ['of all images', key('all'), '@'],
  ['of none', key('none'), 'role:admin'],
])('tenants may have copies made at every site: %s', (_, text, value) => {
  const found = parametersOf(text, 'glance.yaml');
  const rule = { GlanceApiPolicies: { 'glance-copy_image': { key: 'copy_image', value } } };
  expect(found).toMatchObject({ 'control-plane': rule, dcn0: rule });
});

test('nova-compute of an edge site asks the glance-api of the control plane, which knows all stores', () => {
  const found = parametersOf(labText(), 'glance.yaml');
  expect(found.dcn0?.ExtraConfig).toEqual({ 'nova::glance::endpoint_override': '<SERVICE DEFAULT>' });
  expect(found['control-plane']).not.toHaveProperty('ExtraConfig');
});

test.each([
  'NovaEnableRbdBackend: false',
  'NovaDisableImageDownloadToRbd: "no"',
  'DistributedComputeHCIParameters: { NovaEnableRbdBackend: f }',
])(
  'nova-compute downloads from the glance-api of its own site where it downloads images: %s',
  (parameter) => {
    const edges = `    dcn0: { parameters: { ${parameter} }, nodes: { h-0: DistributedComputeHCI } }\n`;
    expect(parametersOf(labText({ edges }), 'glance.yaml').dcn0).not.toHaveProperty('ExtraConfig');
  },
);

test('a site’s own policies of Glance, and its own data of Puppet, stand beside those of the plan', () => {
  const own =
    'GlanceApiPolicies: { own: { key: modify_image, value: "role:admin" } }, ExtraConfig: { "nova::debug": true }';
  const edges = `    dcn0: { parameters: { ${own} }, nodes: { h-0: DistributedComputeHCI } }\n`;
  expect(parametersOf(labText({ edges }), 'parameters.yaml').dcn0).toEqual({
    GlanceApiPolicies: {
      'glance-copy_image': { key: 'copy_image', value: "role:admin or 'public':%(visibility)s" },
      own: { key: 'modify_image', value: 'role:admin' },
    },
    ExtraConfig: { 'nova::glance::endpoint_override': '<SERVICE DEFAULT>', 'nova::debug': true },
  });
});

test('a site’s own rule of the policy replaces that of the plan, under whatever name', () => {
  const own = 'GlanceApiPolicies: { mine: { key: copy_image, value: "role:creator" } }';
  const edges = `    dcn0: { parameters: { ${own} }, nodes: { h-0: DistributedComputeHCI } }\n`;
  expect(parametersOf(labText({ edges }), 'glance.yaml').dcn0).not.toHaveProperty('GlanceApiPolicies');
});

testCases([
  [
    'a value that is none of the three',
    key('members'),
    'glance-dcn:copyOnDemand',
    /public, all, none|public/,
  ],
  [
    'the key in a lab with caches',
    `${cacheText}\n  glance-dcn:copyOnDemand: all\n`,
    'glance-dcn:copyOnDemand',
    /^Take it out/,
  ],
]);
