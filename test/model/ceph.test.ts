import { parse } from 'yaml';
import { type Lab, type SitePlan, parseLab, planFiles, planLab, planSite, planText } from '../../model';
import { labText, labWithControlPlane, labWithEdge, multistoreText, smallEdge } from './labs';

const labOf = (text: string): Lab => parseLab('dev', text);

/** The plan of a site external-ceph of two hosts with these keys of Ceph. */
function external(ceph: string): SitePlan {
  const edges = `    external-ceph: { ceph: ${ceph}, nodes: { e-0: CephAll, e-1: CephStorage } }\n`;
  return planSite(labOf(labText({ controlPlane: '{ nodes: { c-0: Controller } }', edges })), 'external-ceph');
}

/** A file of a site's step, parsed. */
function fileOf({ name, steps }: SitePlan, file: string): unknown {
  const text = steps.map(({ files }) => files[`${name}/${file}`]).find((found) => found !== undefined);
  return text && parse(text);
}

describe('devices: all', () => {
  const lab = labOf(
    labWithEdge(
      '{ ceph: { devices: all, poolSize: 2 }, parameters: { NovaReservedHostMemory: 9216 }, nodes: { h-0: DistributedComputeHCI } }',
    ),
  );
  const site = planSite(lab, 'dcn0');

  test('makes OSDs of all blank disks, of which nobody knows the number', () => {
    expect(fileOf(site, 'osd_spec.yaml')).toEqual({ data_devices: { all: true } });
    expect(site.nodes.map(({ osdDevices }) => osdDevices)).toEqual(['all']);
    expect(planText(lab, planLab(lab))).toMatch(/h-0 .* all blank disks/);
  });

  test('leaves nodes without the role of an OSD alone', () => {
    const control = labOf(
      labWithControlPlane('{ ceph: { devices: all }, nodes: { c-0: Controller, s-0: CephStorage } }'),
    );
    expect(planSite(control, 'control-plane').nodes.map(({ osdDevices }) => osdDevices)).toEqual([[], 'all']);
  });
});

describe('memory of hyperconverged hosts', () => {
  const edge = (rest: string) =>
    planSite(
      labOf(labWithEdge(`{ ${rest}nodes: { h-0: DistributedComputeHCI, h-1: DistributedComputeScaleOut } }`)),
      'dcn0',
    );
  const devices = 'ceph: { devices: [/dev/sdb, /dev/sdc] }, ';
  const parameters = (site: SitePlan, file: string) =>
    (fileOf(site, file) as { parameter_defaults: Record<string, unknown> } | undefined)?.parameter_defaults;

  test('is reserved for each OSD, on hosts with OSDs only', () => {
    const ceph = parameters(edge(devices), 'ceph.yaml');
    expect(ceph?.DistributedComputeHCIParameters).toEqual({ NovaReservedHostMemory: 4096 + 2 * 5120 });
    expect(ceph).not.toHaveProperty('DistributedComputeScaleOutParameters');
  });

  test('is what the operator says, of the role or of the site', () => {
    const ofRole = 'parameters: { DistributedComputeHCIParameters: { NovaReservedHostMemory: 20000 } }, ';
    const own = parameters(edge(devices + ofRole), 'parameters.yaml');
    expect(own?.DistributedComputeHCIParameters).toEqual({ NovaReservedHostMemory: 20000 });
    const ofSite = parameters(edge(`${devices}parameters: { NovaReservedHostMemory: 20000 }, `), 'ceph.yaml');
    expect(ofSite).not.toHaveProperty('DistributedComputeHCIParameters');
  });
});

describe("an operator's own settings of a cluster", () => {
  const config =
    'config: { global: { mon_max_pg_per_osd: 300 }, mgr: { mgr/cephadm/autotune_memory_target_ratio: 0.5 } }';
  const step = planSite(
    labOf(
      `${labWithEdge(`{ ceph: { ${config} }, nodes: { h-0: DistributedComputeHCI } }`)}  glance-dcn:sandbox: { tripleo: full }\n`,
    ),
    'dcn0',
  ).steps.find(({ name }) => name === 'ceph-deploy');

  test('are in the first configuration, beside those of the plan, and win', () => {
    expect(step?.files['dcn0/initial-ceph.conf']).toBe(
      [
        ...['[global]', 'osd_pool_default_size = 1', 'mon_max_pg_per_osd = 300'],
        ...['[mon]', 'mon_warn_on_pool_no_redundancy = false'],
        ...['[osd]', 'osd_memory_target_autotune = true', 'osd_numa_auto_affinity = true'],
        ...['[mgr]', 'mgr/cephadm/autotune_memory_target_ratio = 0.5', ''],
      ].join('\n'),
    );
  });

  test('reach a cluster that is there, too', () => {
    expect(step?.commands.at(-1)?.slice(2)).toEqual([
      ...[
        'ceph',
        'config',
        '--cluster',
        'dcn0',
        '--site',
        'dcn0',
        '--node',
        'h-0',
        '--address',
        '10.0.16.70',
      ],
      ...['--set', 'global/mon_max_pg_per_osd=300'],
      ...['--set', 'mgr/mgr/cephadm/autotune_memory_target_ratio=0.5'],
    ]);
  });

  test('of a cluster without an overcloud are set by the kit, too', () => {
    const alone = external('{ config: { osd: { osd_max_backfills: 2 } } }').steps.flatMap(
      ({ commands }) => commands,
    );
    expect(alone.map((words) => words.join(' '))).toContainEqual(
      expect.stringMatching(/ceph config --cluster central .* --set osd\/osd_max_backfills=2$/),
    );
  });
});

describe('pools', () => {
  const storage = 's-0: CephStorage, s-1: CephStorage, s-2: CephStorage';
  const control = (ceph: string, rest = '') =>
    planSite(
      labOf(labWithControlPlane(`{ ceph: { ${ceph} }, ${rest}nodes: { c-0: Controller, ${storage} } }`)),
      'control-plane',
    );
  const poolsOf = (site: SitePlan) =>
    (fileOf(site, 'ceph.yaml') as { parameter_defaults: { CephPools: object[] } }).parameter_defaults
      .CephPools;

  test('are of the size of the cluster', () => {
    const entry = { application: 'rbd', pg_num: 16, rule_name: 'replicated_rule' };
    expect(poolsOf(control('poolSize: 2'))).toEqual(
      ['images', 'vms', 'volumes'].map((name) => ({ name, size: 2, ...entry })),
    );
    // Ceph lowers no pool to 1 unless it is told twice.
    expect(poolsOf(control('poolSize: 1'))[0]).toEqual({ name: 'images', ...entry });
  });

  test('have the size, placement groups and rule that the lab file gives', () => {
    const rules = 'parameters: { CephCrushRules: [{ name: ssd, root: default, type: host, class: ssd }] }, ';
    const ceph =
      'pools: { images: { pgNum: 64 }, vms: { rule: ssd, targetSizeRatio: 0.4 }, volumes: { size: 2 } }';
    expect(poolsOf(control(ceph, rules))).toMatchObject([
      {
        name: 'images',
        size: 3,
        pg_num: 64,
        pgp_num: 64,
        pg_autoscale_mode: 'off',
        pg_autoscale: 'off',
        rule_name: 'replicated_rule',
      },
      { name: 'vms', size: 3, rule_name: 'ssd', target_size_ratio: 0.4 },
      { name: 'volumes', size: 2, rule_name: 'replicated_rule' },
    ]);
  });

  test('of a cluster without an overcloud are the same', () => {
    const site = external('{ poolSize: 2, pools: { vms: { pgNum: 8 } } }');
    const variables = fileOf(site, 'ceph_vars.yaml') as { tripleo_cephadm_pools: object[] };
    expect(variables.tripleo_cephadm_pools).toMatchObject([{ size: 2 }, { size: 2, pg_num: 8 }, { size: 2 }]);
  });
});

test('a cluster without an overcloud gets the key of its user from the kit, which no plan has', () => {
  const step = external('{ poolSize: 2 }').steps.find(({ name }) => name === 'ceph-deploy');
  const [keys, deploy] = step?.commands ?? [];
  const folder = '/home/stack/dcn/dev/external-ceph';
  expect(keys?.slice(2)).toEqual([
    ...['ceph', 'keys', '--variables', `${folder}/ceph_vars.yaml`],
    ...['--clients', '/home/stack/overcloud-deploy/external-ceph/ceph_client.yml'],
    ...['--output', `${folder}/ceph_vars_with_keys.yaml`],
  ]);
  expect(deploy?.join(' ')).toContain(`--ansible-extra-vars ${folder}/ceph_vars_with_keys.yaml`);
  // What is a result is removed with the site.
  expect(step?.results).toContain('external-ceph/ceph_vars_with_keys.yaml');
});

describe('settings of pools that TripleO gives to new pools only, or to none', () => {
  const after = ({ steps }: SitePlan, step: string) =>
    steps.find(({ name }) => name === step)?.commands.slice(1) ?? [];
  const edge = (nodes: string, ceph = '') =>
    planSite(labOf(labWithEdge(`{ ${ceph}nodes: { ${nodes} } }`)), 'dcn0');
  const options = (argv: string[] | undefined) => argv?.slice(argv.indexOf('--address') + 2);
  const grown = 'h-0: DistributedComputeHCI, h-1: DistributedComputeHCIScaleOut';

  test('are set by the kit after the configuration phase, which makes the pools', () => {
    const site = edge(grown);
    expect(after(site, 'ceph-deploy')).toEqual([]);
    const [argv] = after(site, 'overcloud-config');
    const address = site.nodes[0]?.addresses.ctlplane;
    expect(argv?.slice(2)).toEqual([
      ...['ceph', 'pools', '--cluster', 'dcn0', '--site', 'dcn0', '--node', 'h-0', '--address', address],
      ...['--pool', 'images,size=2', '--pool', 'vms,size=2', '--pool', 'volumes,size=2', '--over-hosts'],
    ]);
  });

  test('are set after ceph deploy, where no overcloud makes the pools', () => {
    const [, argv] = after(external('{ poolSize: 2, pools: { vms: { pgNum: 8 } } }'), 'ceph-deploy');
    expect(options(argv)).toEqual([
      ...['--pool', 'images,size=2', '--pool', 'vms,size=2,pg_num=8', '--pool', 'volumes,size=2'],
      '--over-hosts',
    ]);
  });

  test('are all of the lab file', () => {
    const rules = 'parameters: { CephCrushRules: [{ name: ssd, root: default, type: host, class: ssd }] }, ';
    const pools = 'pools: { images: { name: glance, size: 2 }, vms: { rule: ssd, targetSizeRatio: 0.4 } }';
    const [argv] = after(edge(grown, `ceph: { poolSize: 2, ${pools} }, ${rules}`), 'overcloud-config');
    expect(argv).toEqual(
      expect.arrayContaining(['glance,size=2', 'vms,size=2,target_size_ratio=0.4,crush_rule=ssd']),
    );
  });

  test('lower no pool to one copy, and keep the copies of a cluster of one host on its disks', () => {
    expect(after(edge('h-0: DistributedComputeHCI'), 'overcloud-config')).toEqual([]);
    const disks = 'ceph: { devices: [/dev/sdb, /dev/sdc], poolSize: 2 }, ';
    const [argv] = after(edge('h-0: DistributedComputeHCI', disks), 'overcloud-config');
    expect(options(argv)).toEqual([
      '--pool',
      'images,size=2',
      '--pool',
      'vms,size=2',
      '--pool',
      'volumes,size=2',
    ]);
  });

  test('leave a cluster alone that never had one host, because its monitors are on others', () => {
    const control = labWithControlPlane('{ nodes: { c-0: Controller, s-0: CephStorage, s-1: CephStorage } }');
    const [argv] = after(planSite(labOf(control), 'control-plane'), 'overcloud-config');
    expect(argv).not.toContain('--over-hosts');
  });

  test('are not those of a client of another cluster', () => {
    const control = planSite(parseLab('multistore', multistoreText), 'control-plane');
    expect(after(control, 'overcloud-config')).toEqual([]);
  });
});

test('clients of an external cluster have no backups in it, because it has no pool for them', () => {
  const control = planSite(parseLab('multistore', multistoreText), 'control-plane');
  const { parameter_defaults: parameters } = fileOf(control, 'external-ceph.yaml') as {
    parameter_defaults: Record<string, unknown>;
  };
  expect(parameters.CinderEnableRbdBackend).toBe(true);
  expect(parameters).not.toHaveProperty('CinderBackupBackend');
});

describe('names of pools', () => {
  const parametersOf = (site: SitePlan, file: string) =>
    (fileOf(site, file) as { parameter_defaults: Record<string, unknown> }).parameter_defaults;
  const named =
    'ceph: { pools: { images: { name: glance }, vms: { name: nova }, volumes: { name: cinder } } }';
  const names = { GlanceRbdPoolName: 'glance', NovaRbdPoolName: 'nova', CinderRbdPoolName: 'cinder' };
  const poolNames = { images: 'glance', vms: 'nova', volumes: 'cinder' };

  test('of an edge site are those of its services, of its pools, and of the kit', () => {
    const lab = labOf(labWithEdge(`{ ${named}, nodes: { h-0: DistributedComputeHCI } }`));
    const dcn0 = planSite(lab, 'dcn0');
    expect(parametersOf(dcn0, 'ceph.yaml')).toMatchObject({
      ...names,
      CephPools: [{ name: 'glance' }, { name: 'nova' }, { name: 'cinder' }],
    });
    expect(dcn0.store).toMatchObject({ pools: ['glance', 'nova', 'cinder'], poolNames });
    expect(dcn0.servers?.ceph).toMatchObject({ poolNames });
    // The pool of a site's own store is the default for all its stores.
    expect(parametersOf(dcn0, 'glance.yaml').GlanceMultistoreConfig).toEqual({
      central: expect.objectContaining({ GlanceRbdPoolName: 'images' }) as unknown,
    });
    const folder = planFiles(planLab(lab))['control-plane'] as Record<string, string>;
    expect(parse(folder['registered/glance-dcn-stores.yaml'] as string)).toMatchObject({
      parameter_defaults: { GlanceMultistoreConfig: { dcn0: { GlanceRbdPoolName: 'glance' } } },
    });
    expect(parametersOf(planSite(lab, 'control-plane'), 'ceph.yaml')).not.toHaveProperty('GlanceRbdPoolName');
  });

  test('of an external cluster are those of its clients', () => {
    const edges = `    external-ceph: { ${named}, nodes: { e-0: CephAll } }\n${smallEdge}`;
    const lab = labOf(labText({ controlPlane: '{ nodes: { c-0: Controller, n-0: Compute } }', edges }));
    const external = planSite(lab, 'external-ceph');
    expect(external.cluster?.pools).toEqual(['glance', 'nova', 'cinder']);
    expect(JSON.stringify(fileOf(external, 'ceph_vars.yaml'))).toContain(
      'profile rbd pool=glance, profile rbd pool=nova, profile rbd pool=cinder',
    );
    const control = planSite(lab, 'control-plane');
    expect(parametersOf(control, 'external-ceph.yaml')).toMatchObject(names);
    expect(control.store).toMatchObject({ poolNames });
    expect(parametersOf(planSite(lab, 'dcn0'), 'glance.yaml').GlanceMultistoreConfig).toEqual({
      central: expect.objectContaining({ GlanceRbdPoolName: 'glance' }) as unknown,
    });
  });

  test('of a cluster that exists already are looked for there', () => {
    const existing =
      'existing: { fsid: 4b5c8c0a-ff60-454b-a1b4-9747aa737d19, monitors: [192.0.2.1], keyring: /home/stack/k }';
    const edges = `    external-ceph: { ceph: { ${existing}, pools: { vms: { name: guests } } } }\n${smallEdge}`;
    const lab = labOf(labText({ controlPlane: '{ nodes: { c-0: Controller } }', edges }));
    const adopt = planSite(lab, 'external-ceph').steps.flatMap(({ commands }) => commands)[0];
    expect(adopt?.join(' ')).toContain('--pool images --pool guests --pool volumes');
  });
});
