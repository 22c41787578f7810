import * as fs from 'node:fs';
import * as path from 'node:path';
import { type AuditDocument, auditDocument, parseLab, planLab } from '../../model';
import { dcnStorageText, devText, existingText } from './labs';

const documentOf = (text: string): AuditDocument => {
  const lab = parseLab('dev', text);
  return auditDocument(lab, planLab(lab), '0a');
};
const siteOf = ({ sites }: AuditDocument, name: string): unknown => sites.find(({ site }) => site === name);
const golden = (name: string): string => fs.readFileSync(path.join(__dirname, 'golden', name), 'utf8');

test('an edge site with its zone, jobs, nodes and Ceph cluster', () => {
  expect(siteOf(documentOf(devText), 'dcn0')).toEqual({
    site: 'dcn0',
    zone: 'dcn0',
    volumes: true,
    steps: [
      'network-provision',
      'vip-provision',
      'node-provision',
      'roles-generate',
      'ceph-deploy',
      'overcloud-stack',
      'overcloud-config',
    ],
    nodes: [
      {
        name: 'oc0-ceph-4',
        compute: true,
        storage: '10.8.16.74',
        addresses: ['10.0.16.74', '10.8.16.74', '10.12.16.74', '10.4.16.74', '10.16.16.74'],
        routes: [
          '10.0.0.0/14 via 10.0.16.1',
          '10.8.0.0/14 via 10.8.16.1',
          '10.12.0.0/14 via 10.12.16.1',
          '10.4.0.0/14 via 10.4.16.1',
          '10.16.0.0/14 via 10.16.16.1',
        ],
      },
    ],
    cluster: {
      cluster: 'dcn0',
      node: { site: 'dcn0', name: 'oc0-ceph-4', address: '10.0.16.74' },
      pools: ['images', 'vms', 'volumes'],
      settings: [],
      osds: 1,
    },
  });
});

test('routes are known where the sandbox or a NIC template makes them, not on hosts that an operator configures', () => {
  const routesOf = (text: string): number[] =>
    documentOf(text).sites.flatMap(({ nodes }) => nodes.map(({ routes }) => routes.length));
  expect(routesOf(existingText).every((count) => count === 0)).toBe(true);
  expect(routesOf(dcnStorageText).every((count) => count > 0)).toBe(true);
  // Neutron of the undercloud makes those of ctlplane, whatever the lab file says.
  const routes = documentOf(dcnStorageText).sites.flatMap(({ nodes }) =>
    nodes.flatMap((node) => node.routes),
  );
  expect(routes.filter((route) => route.startsWith('192.168.'))).toEqual([]);
});

test('routes of which a host keeps another one are not looked for', () => {
  const routes = (network: string, nexthop: string): string =>
    `${network}: { routes: [{ destination: 10.50.0.0/16, nexthop: ${nexthop} }, { destination: 0.0.0.0/0, nexthop: ${nexthop} }, ` +
    `{ destination: 10.51.${network.length}.0/24, nexthop: ${nexthop} }] }`;
  const networks = `{ ${routes('storage', '10.8.16.1')}, ${routes('tenant', '10.16.16.1')} }`;
  const site = siteOf(
    documentOf(devText.replace('dcn0: {', `dcn0: { networks: ${networks},`)),
    'dcn0',
  ) as AuditDocument['sites'][number];
  expect(site.nodes[0]?.routes).toEqual([
    '10.0.0.0/14 via 10.0.16.1',
    '10.51.7.0/24 via 10.8.16.1',
    '10.12.0.0/14 via 10.12.16.1',
    '10.4.0.0/14 via 10.4.16.1',
    '10.51.6.0/24 via 10.16.16.1',
  ]);
});

test('images at their stores, and the path to the central store', () => {
  const { images, storage } = documentOf(devText);
  expect(images[0]).toEqual({ name: 'guest', stores: ['central', 'dcn0', 'dcn1'] });
  expect(storage).toEqual({ addresses: ['10.8.0.10', '10.8.0.11', '10.8.0.12'], mtu: 1500 });
});

test('a cluster that existed before the lab is asked as a client; its monitors are at the end of the path', () => {
  const document = documentOf(golden('Pulumi.outside.yaml'));
  expect(siteOf(document, 'external-ceph')).toMatchObject({
    cluster: { client: { user: expect.any(String) as string }, settings: [] },
  });
  expect(document.storage?.addresses).toEqual(['192.0.2.11', '192.0.2.12', '192.0.2.13']);
});

test('the number of OSDs is known only where the lab file names their disks', () => {
  const all = devText.replace(
    'dcn0: {',
    'dcn0: { ceph: { devices: all }, parameters: { DistributedComputeHCIParameters: { NovaReservedHostMemory: 9216 } },',
  );
  expect(siteOf(documentOf(all), 'dcn0')).not.toHaveProperty('cluster.osds');
});
