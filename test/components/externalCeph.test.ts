import * as fs from 'node:fs';
import * as path from 'node:path';
import { multistoreText } from '../model/labs';
import { type Run, type Stacks, TestLab, before } from './harness';

const outsideText = fs.readFileSync(path.join(__dirname, '../model/golden/Pulumi.outside.yaml'), 'utf8');
const lab = new TestLab();
afterAll(() => lab.remove());

const stdin = (run: Run, name: string) => String(run.named(name).inputs.stdin);
const componentsOf = (run: Run) =>
  run.resources.filter(({ type }) => type.startsWith('glance-dcn:')).map(({ type, name }) => [type, name]);
const jobsOf = (run: Run) =>
  run.resources
    .filter(({ inputs }) => / job run/.test(String(inputs.create)))
    .map(({ name }) => name.replace(/^(external-ceph|control-plane|central|dcn0)-/, ''));
const files = ['central_ceph_client.yaml', 'central_ceph_external.yaml', 'ceph_client.yml'];

/** Runs the programs of stacks in order; each reads the outputs of those before it. */
async function bringUp(stacks: string[]): Promise<{ runs: Record<string, Run>; outputs: Stacks }> {
  const runs: Record<string, Run> = {};
  const outputs: Stacks = {};
  for (const stack of stacks) {
    runs[stack] = await lab.run(stack, { stacks: outputs });
    outputs[stack] = JSON.parse(JSON.stringify(runs[stack].outputs)) as Record<string, unknown>;
  }
  return { runs, outputs };
}

describe('a lab with an external Ceph cluster', () => {
  let runs: Record<string, Run>;
  let outputs: Stacks;
  const run = (stack: string): Run => runs[stack] as Run;
  /** The stacks' outputs after a change of the cluster's key or fsid. */
  const withOtherCluster = (): Stacks => {
    const digests = Object.fromEntries(files.map((file) => [`external-ceph/${file}`, 'cd'.repeat(32)]));
    return { ...outputs, 'dev-external-ceph': { ...outputs['dev-external-ceph'], digests } };
  };

  beforeAll(async () => {
    lab.write(multistoreText);
    const sites = ['external-ceph', 'control-plane', 'central', 'dcn0', 'dcn1', 'images'];
    ({ runs, outputs } = await bringUp(['dev', ...sites.map((site) => `dev-${site}`)]));
  });

  test('makes the cluster without an overcloud or a store, and exports it', () => {
    const external = run('dev-external-ceph');
    expect(componentsOf(external)).toEqual([
      ['glance-dcn:site:ExternalCeph', 'external-ceph'],
      ['glance-dcn:nodes:Sandbox', 'external-ceph-nodes'],
      ['glance-dcn:site:CephCluster', 'external-ceph-ceph'],
    ]);
    expect(jobsOf(external)).toEqual([
      'network-provision',
      'node-provision',
      'roles-generate',
      'ceph-deploy',
      'ceph-export',
    ]);
    expect(external.reads).toEqual(['dev']);
    expect(Object.keys(external.outputs.digests as object).sort()).toEqual(
      files.map((file) => `external-ceph/${file}`),
    );
    expect(external.outputs.store).toBeUndefined();
  });

  test('lets Ceph generate the key', () => {
    const document = stdin(run('dev-external-ceph'), 'external-ceph-ceph-deploy');
    expect(document).toContain('name: client.openstack');
    expect(document).not.toMatch(/ceph-client-key|\bkey:/);
  });

  test('makes the control plane its client, with the central store', () => {
    const control = run('dev-control-plane');
    expect(componentsOf(control).map(([type]) => type)).not.toContain('glance-dcn:site:CephCluster');
    expect(control.reads.sort()).toEqual(['dev', 'dev-external-ceph']);
    expect(jobsOf(control)).not.toContain('ceph-export');
    const record = stdin(control, 'control-plane-store-record');
    expect(record).toMatch(
      /node:\n {2}site: external-ceph\n {2}name: oc0-ceph-0\n {2}address: 10\.0\.2\.30\n/,
    );
    expect(record).toMatch(/^cluster: central$/m);
  });

  test('makes the central site its client, without a store, and with the control plane’s export', () => {
    const central = run('dev-central');
    expect(componentsOf(central)).toEqual([
      ['glance-dcn:site:CentralSite', 'central'],
      ['glance-dcn:nodes:Sandbox', 'central-nodes'],
      ['glance-dcn:site:Overcloud', 'central-overcloud'],
    ]);
    expect(central.reads.sort()).toEqual(['dev', 'dev-control-plane', 'dev-external-ceph']);
    expect(central.resources.map(({ name }) => name)).not.toContain('central-announcement');
    expect(before(central, 'central-overcloud-config')).toContain('central-ready');
  });

  test('gives edge sites the exports of both', () => {
    const document = stdin(run('dev-dcn0'), 'dcn0-overcloud-stack');
    expect(document).toContain('control-plane/control-plane-export.yaml: abab');
    expect(document).toContain('external-ceph/central_ceph_external.yaml: abab');
    expect(document).not.toContain('external-ceph/central_ceph_client.yaml: abab');
  });

  test('runs the steps of its clients that read its files again after a change of the cluster or its key', async () => {
    const changed: Record<string, string[]> = {};
    for (const site of ['control-plane', 'central']) {
      const after = await lab.run(`dev-${site}`, { stacks: withOtherCluster() });
      changed[site] = after.resources
        .filter(({ name, inputs }) => inputs.stdin !== run(`dev-${site}`).named(name).inputs.stdin)
        .map(({ name }) => name);
    }
    expect(changed).toEqual({
      'control-plane': [
        'control-plane-overcloud-stack',
        'control-plane-overcloud-config',
        'control-plane-overcloud-export',
        'control-plane-store-record',
      ],
      central: ['central-overcloud-stack', 'central-overcloud-config'],
    });
  });

  test('gets its images again after a change of the cluster', async () => {
    const after = await lab.run('dev-images', { stacks: withOtherCluster() });
    expect(stdin(after, 'plain-128')).not.toBe(stdin(run('dev-images'), 'plain-128'));
  });

  test('names the missing stack in an error', async () => {
    const { dev } = outputs as { dev: Stacks[string] };
    await expect(lab.run('dev-control-plane', { stacks: { dev } })).rejects.toThrow(
      'Stack dev-external-ceph, which this one builds on, is not there: ' +
        'bring it up first with `pulumi up -s dev-external-ceph`.',
    );
  });
});

describe('a lab with an external Ceph cluster that exists already', () => {
  test('checks it instead of deploying it, and exports the same files', async () => {
    lab.write(outsideText);
    const { runs, outputs } = await bringUp(['dev', 'dev-external-ceph', 'dev-control-plane', 'dev-central']);
    const external = runs['dev-external-ceph'] as Run;
    expect(jobsOf(external)).toEqual(['ceph-export']);
    expect(external.resources.filter(({ type }) => type === 'command:local:Command')).toEqual([]);
    expect(stdin(external, 'external-ceph-ceph-export')).toContain(
      '/home/stack/keys/central.client.openstack',
    );
    expect(Object.keys(outputs['dev-external-ceph']?.digests as object)).toEqual(
      expect.arrayContaining(files.map((file) => `external-ceph/${file}`)),
    );
    expect(stdin(runs['dev-control-plane'] as Run, 'control-plane-store-record')).toContain(
      'client:\n  user: openstack\n  conf: external-ceph/central.conf\n',
    );
  });

  test('comes up again after version 0.1.0, which recorded no values', async () => {
    lab.write(outsideText);
    const { outputs } = await bringUp(['dev', 'dev-external-ceph']);
    const before = { ...outputs['dev-external-ceph'], kept: undefined };
    const again = await lab.run('dev-external-ceph', { stacks: outputs, before, preview: true });
    expect(jobsOf(again)).toEqual(['ceph-export']);
  });

  test('keeps the cluster', async () => {
    lab.write(outsideText);
    const existing = await bringUp(['dev', 'dev-external-ceph']);
    const fsid = /fsid: (\S+?),? /.exec(outsideText.replaceAll('\n', ' '))![1]!;
    const refusal = ({ outputs }: { outputs: Stacks }, text: string) => {
      lab.write(text);
      const before = outputs['dev-external-ceph'];
      return lab.run('dev-external-ceph', { stacks: outputs, before, preview: true }).then(
        () => 'no failure',
        (error: Error) => error.message.split('\n'),
      );
    };
    const at = `${lab.file}: glance-dcn:sites.external-ceph.ceph.existing`;
    const recreate = expect.stringMatching(/^To change .* destroy external-ceph, then/) as string;
    const other = fsid.replace(/^./, 'f');
    expect(await refusal(existing, outsideText.replace(fsid, other))).toEqual([
      `${at}.fsid: ${other}: the site was brought up with ${fsid}, and the images and disks are in that cluster: write ${fsid} again.`,
      recreate,
    ]);
    expect(await refusal(existing, multistoreText)).toContain(
      `${at}.fsid: is gone, but the site was brought up with ${fsid}: put it back.`,
    );
    lab.write(multistoreText);
    const deployed = await bringUp(['dev', 'dev-external-ceph']);
    expect(await refusal(deployed, outsideText)).toEqual(
      expect.arrayContaining([
        `${at}: ${fsid}: the site was brought up with a cluster that the lab deployed, and the images and disks would stay behind in ` +
          'that cluster: take existing out again.',
        recreate,
      ]),
    );
    expect(await refusal(deployed, outsideText)).not.toContainEqual(expect.stringMatching(/stack: is gone/));
  });
});
