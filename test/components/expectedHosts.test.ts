import { expectedHosts } from '../../components/nodes/nodes';
import { parseLab, planSite } from '../../model';
import { cacheText, dcnStorageText, labWithControlPlane, multistoreText } from '../model/labs';

/** Names of a site's nodes that the kit checks for the packages of cephadm. */
const cephHosts = (lab: string, text: string, site = 'control-plane'): string[] =>
  expectedHosts(planSite(parseLab(lab, text), site)).nodes.flatMap(({ name, ceph }) => (ceph ? [name] : []));

test('hosts of monitors and of OSDs need the packages of cephadm, other hosts do not', () => {
  const nodes = '{ c-0: Controller, s-0: CephStorage, n-0: Compute }';
  expect(cephHosts('dev', labWithControlPlane(`{ nodes: ${nodes} }`))).toEqual(['c-0', 's-0']);
});

test('Controllers without a Ceph cluster of their site need them neither', () => {
  expect(cephHosts('cache', cacheText)).toEqual([]);
  expect(cephHosts('multistore', multistoreText)).toEqual([]);
  expect(cephHosts('multistore', multistoreText, 'external-ceph')).not.toEqual([]);
});

test('hosts that `ceph deploy` renames have the short name before, and the FQDN after', () => {
  const { nodes } = expectedHosts(planSite(parseLab('dev', dcnStorageText), 'dcn1'));
  expect(nodes[0]).toMatchObject({
    name: 'dcn1-distributedcomputehci-0',
    fqdn: 'dcn1-distributedcomputehci-0.example.com',
  });
  const short = expectedHosts(
    planSite(
      parseLab('dev', labWithControlPlane('{ nodes: { c-0: Controller, s-0: CephStorage } }')),
      'control-plane',
    ),
  );
  expect(short.nodes[0]).not.toHaveProperty('fqdn');
});
