import { type Case, faultsOf, labText, testCases } from './labs';

/** Lab file of a small lab with caches, with the given lines instead of, or beside, its own. */
const cached = ({
  controlPlane = '{ nodes: { c-0: Controller } }',
  dcn0 = '{ nodes: { h-0: DistributedCompute } }',
  more = '',
  rest = '',
} = {}) =>
  labText({
    controlPlane,
    edges: `    dcn0: ${dcn0}\n${more}`,
    rest: `  glance-dcn:topology: cache\n${rest}`,
  });
const sites = 'glance-dcn:sites';
const existing =
  'existing: { fsid: 4b5c8c0a-ff60-454b-a1b4-9747aa737d19, monitors: [192.0.2.1], keyring: /home/stack/k }';
const image = (sizeMiB: number) =>
  `  glance-dcn:images: { x: { source: { generated: { sizeMiB: ${sizeMiB}, seed: a } }, sites: [dcn0] } }\n`;

test.each([
  ['without Ceph anywhere', cached()],
  ['with Ceph where nodes have OSDs', cached({ dcn0: '{ nodes: { h-0: DistributedComputeHCI } }' })],
  [
    'with Ceph at the control plane',
    cached({ controlPlane: '{ nodes: { c-0: Controller, s-0: CephStorage } }' }),
  ],
  ['with a site central', cached({ more: '    central: { nodes: { h-1: DistributedCompute } }\n' })],
  [
    'with two caches at a site, where nothing needs a majority',
    cached({ dcn0: '{ nodes: { h-0: DistributedCompute, h-1: DistributedCompute } }' }),
  ],
  [
    'with a site whose name no cluster could have',
    cached({ more: '    edge-1: { nodes: { h-1: DistributedCompute } }\n' }),
  ],
  [
    'with images of exactly the cache’s limit',
    cached({ dcn0: '{ cache: { limitMiB: 64 }, nodes: { h-0: DistributedCompute } }', rest: image(64) }),
  ],
])('a lab with caches may be %s', (_, text) => {
  expect(faultsOf(text)).toEqual([]);
});

const cases: Case[] = [
  [
    'cache in the other topology',
    labText({ edges: '    dcn0: { cache: { limitMiB: 9 }, nodes: { h-0: DistributedComputeHCI } }\n' }),
    `${sites}.dcn0.cache`,
    /topology: cache/,
  ],
  [
    'cache at the control plane',
    cached({ controlPlane: '{ cache: { limitMiB: 9 }, nodes: { c-0: Controller } }' }),
    `${sites}.control-plane.cache`,
    /edge sites/,
  ],
  [
    'cache of size 0',
    cached({ dcn0: '{ cache: { limitMiB: 0 }, nodes: { h-0: DistributedCompute } }' }),
    `${sites}.dcn0.cache.limitMiB`,
    /from 1 to/,
  ],
  [
    'images that a cache cannot hold',
    cached({ dcn0: '{ cache: { limitMiB: 64 }, nodes: { h-0: DistributedCompute } }', rest: image(65) }),
    `${sites}.dcn0.cache.limitMiB`,
    /limitMiB: 65/,
  ],
  [
    'images that the default cache cannot hold',
    cached({ rest: image(60000) }),
    `${sites}.dcn0`,
    /limitMiB: 60000/,
  ],
  [
    'store of a site',
    cached({ dcn0: '{ ceph: { store: dcn0 }, nodes: { h-0: DistributedComputeHCI } }' }),
    `${sites}.dcn0.ceph.store`,
    /Swift/,
  ],
  [
    'cluster of a site without an OSD',
    cached({ dcn0: '{ ceph: { cluster: dcn0 }, nodes: { h-0: DistributedCompute } }' }),
    `${sites}.dcn0.ceph.cluster`,
    /DistributedComputeHCI/,
  ],
  [
    'copies in the cluster of a control plane without an OSD',
    cached({ controlPlane: '{ ceph: { poolSize: 1 }, nodes: { c-0: Controller } }' }),
    `${sites}.control-plane.ceph.poolSize`,
    /CephStorage/,
  ],
  [
    'two nodes with etcd beside Ceph',
    cached({ dcn0: '{ nodes: { h-0: DistributedComputeHCI, h-1: DistributedCompute } }' }),
    `${sites}.dcn0.nodes`,
    /ScaleOut/,
  ],
  [
    'site without a glance-api',
    cached({ dcn0: '{ nodes: { h-0: DistributedComputeScaleOut } }' }),
    `${sites}.dcn0.nodes`,
    /DistributedCompute/,
  ],
  [
    'external Ceph',
    cached({ more: '    external-ceph: { nodes: { e-0: CephAll } }\n' }),
    `${sites}.external-ceph`,
    /Swift/,
  ],
  [
    'Ceph that exists already',
    cached({ dcn0: `{ ceph: { ${existing} }, nodes: { h-0: DistributedCompute } }` }),
    `${sites}.dcn0.ceph.existing`,
    /Swift/,
  ],
  [
    'role of the control plane at a site without Ceph',
    cached({ dcn0: '{ nodes: { h-0: DistributedCompute, h-1: Compute } }' }),
    `${sites}.dcn0.nodes.h-1`,
    /DistributedComputeHCI/,
  ],
  [
    'site with the name of the kit’s folder of caches',
    cached({ more: '    caches: { index: 20, nodes: { h-1: DistributedCompute } }\n' }),
    `${sites}.caches`,
    /another one/,
  ],
  [
    'size of the cache as a parameter',
    cached({ dcn0: '{ parameters: { GlanceImageCacheMaxSize: 1 }, nodes: { h-0: DistributedCompute } }' }),
    `${sites}.dcn0.parameters.GlanceImageCacheMaxSize`,
    /limitMiB/,
  ],
  [
    'parameter with which no server boots',
    cached({
      dcn0: '{ parameters: { NovaDisableImageDownloadToRbd: true }, nodes: { h-0: DistributedCompute } }',
    }),
    `${sites}.dcn0.parameters.NovaDisableImageDownloadToRbd`,
    /Swift/,
  ],
];

testCases(cases);
