import { type TestUndercloud, within } from './undercloud';

interface Setting {
  section: string;
  name: string;
  value: string;
  mask: string;
}

const setting = (section: string, name: string, value: string, mask = ''): Setting => ({
  section,
  name,
  value,
  mask,
});

/** Runs the verb on a cluster that has settings, with those of the lab file; gives the cluster's settings afterwards. */
async function settle(here: TestUndercloud, wanted: string[], present?: Setting[]) {
  if (present) {
    here.write('ceph/dcn0/map.json', JSON.stringify({ rules: [], pools: [], config: present }));
    here.write('dcn/dev/dcn0/known_hosts', '10.0.16.74 ssh-ed25519 AAAAnode\n');
  }
  const words = ['--cluster', 'dcn0', '--site', 'dcn0', '--node', 'oc0-ceph-4', '--address', '10.0.16.74'];
  const { code, stderr } = await here.kit([
    'ceph',
    'config',
    ...words,
    ...wanted.flatMap((word) => ['--set', word]),
  ]);
  const { config } = JSON.parse(here.read('ceph/dcn0/map.json')) as { config: Setting[] };
  return { code, stderr, config };
}

const present = [
  setting('global', 'osd_pool_default_size', '3'),
  setting('osd', 'osd_memory_target', '8589934592', 'host:h-1'),
];

test.concurrent(
  'settings of the lab file reach a cluster that exists, and are said once',
  within(async (here) => {
    const wanted = [
      'osd/osd_memory_target=4G',
      'mgr/mgr/cephadm/warn_on_stray_hosts=false',
      'global/osd_pool_default_size=3',
    ];
    const changed = await settle(here, wanted, present);
    expect(changed).toEqual({
      code: 0,
      stderr:
        "Ceph cluster dcn0: osd: osd_memory_target was Ceph's default, is 4294967296\n" +
        "Ceph cluster dcn0: mgr: mgr/cephadm/warn_on_stray_hosts was Ceph's default, is false\n",
      config: [
        ...present,
        setting('osd', 'osd_memory_target', '4294967296'),
        setting('mgr', 'mgr/cephadm/warn_on_stray_hosts', 'false'),
      ],
    });
    expect(await settle(here, wanted)).toMatchObject({ code: 0, stderr: '' });
  }),
);

test.concurrent(
  'a value may have blanks',
  within(async (here) => {
    const { config } = await settle(here, ['client/rbd_default_map_options=alloc_size=65536 , lock'], []);
    expect(config).toEqual([setting('client', 'rbd_default_map_options', 'alloc_size=65536 , lock')]);
  }),
);

test.concurrent(
  'a setting that Ceph does not know is an error with its reason',
  within(async (here) => {
    const ended = await settle(here, ['osd/no_such_option=1'], present);
    expect(ended).toMatchObject({ code: 1, config: present });
    expect(ended.stderr).toMatch(/unrecognized config option no_such_option/);
  }),
);

test.concurrent(
  'settings of another form are named together, before a change',
  within(async (here) => {
    const ended = await settle(here, ['osd_memory_target=1', 'rgw/x=1', 'osd/x='], present);
    expect(ended).toMatchObject({ code: 2, config: present });
    expect(ended.stderr).toMatch(/'osd_memory_target=1'.*\n.*'rgw\/x=1'.*\n.*'osd\/x='/);
  }),
);
