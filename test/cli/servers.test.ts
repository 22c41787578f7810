import type { SeenServer } from '../../kit/answers';
import { defaultImage, serverDocument, serverSite, serverSites } from '../../cli/proofs/serverPlan';
import { type ServerRow, serverTables } from '../../cli/proofs/serverTables';
import { proofsOf } from '../../cli/proofs/siteProofs';
import { type LabPlan, parseLab, planLab } from '../../model';
import { cacheText, devText, existingText, multistoreText } from '../model/labs';
import { seenServer } from './seenServer';

const plan = (text: string, name = 'dev'): LabPlan => planLab(parseLab(name, text));
/** For each image the sites at which `dcn verify` boots it. */
const proofs = (text: string, names: string[] = []): Record<string, string[]> => {
  const found: Record<string, string[]> = {};
  for (const { site, images } of proofsOf(plan(text), names)) {
    for (const { name } of images) {
      (found[name] ??= []).push(site.name);
    }
  }
  return found;
};

describe('where servers run', () => {
  test.each([
    ['the collapsed arrangement', devText, { 'control-plane': 'central', dcn0: 'dcn0', dcn1: 'dcn1' }],
    ['an external cluster', multistoreText, { central: 'central', dcn0: 'dcn0', dcn1: 'dcn1' }],
    ['caches', cacheText, { central: 'central', dcn0: 'dcn0', dcn1: 'dcn1' }],
    ['hosts that exist', existingText, { dcn0: 'dcn0' }],
  ])('%s: at sites with computes, in the zones that TripleO makes', (_, text, zones) => {
    expect(
      Object.fromEntries(serverSites(plan(text)).map(({ name, servers }) => [name, servers.zone])),
    ).toEqual(zones);
  });

  test('not at other sites: the refusal lists the sites with computes', () => {
    expect(() => serverSite(plan(multistoreText), 'control-plane')).toThrow(
      'site control-plane: no site of lab dev with computes. Sites with computes: central, dcn0, dcn1.',
    );
  });
});

describe('the document for the kit', () => {
  const document = (text: string, site: string, image: string, options = {}, name?: string): object =>
    serverDocument(plan(text), serverSite(plan(text), site), image, options, name);

  test('has the cluster of the disk, and a node that reaches it', () => {
    expect(document(devText, 'dcn0', 'anything', { volume: true, flavor: 'f', network: 'n' }, 'vm1')).toEqual(
      {
        name: 'vm1',
        site: 'dcn0',
        zone: 'dcn0',
        image: 'anything',
        flavor: 'f',
        network: 'n',
        volume: true,
        cluster: 'dcn0',
        node: { site: 'dcn0', name: 'oc0-ceph-4', address: '10.0.16.74' },
      },
    );
  });

  test('has the central cluster, if the computes of the site are its clients', () => {
    expect(document(multistoreText, 'central', 'anything')).toMatchObject({
      zone: 'central',
      cluster: 'central',
      node: { site: 'external-ceph', name: 'oc0-ceph-0' },
    });
  });

  test('has no cluster, if a site with caches has none', () => {
    expect(document(cacheText, 'dcn0', 'anything')).toMatchObject({ cluster: 'dcn0' });
    expect(document(cacheText, 'dcn1', 'anything')).toEqual({
      site: 'dcn1',
      zone: 'dcn1',
      image: 'anything',
    });
  });

  test('marks images without an operating system', () => {
    expect(document(devText, 'dcn0', 'plain-256')).toMatchObject({ system: false });
    expect(document(existingText, 'dcn0', 'guest')).not.toHaveProperty('system');
  });
});

describe('dcn boot', () => {
  const image = (text: string, site = 'dcn0'): string =>
    defaultImage(plan(text), serverSite(plan(text), site));

  test('uses the only image with an operating system at the site', () => {
    const system = '    system:\n      source: { file: /srv/system.raw }\n      sites: [dcn0]\n';
    expect(image(`${devText.replace(/ {4}guest:[^]*/, '')}${system}`)).toBe('system');
  });

  test('refuses to choose among several images, and where there is none', () => {
    const two = existingText + '    other:\n      source: { file: /srv/other.raw }\n      sites: [dcn0]\n';
    expect(() => image(two)).toThrow(
      'site dcn0: name an image with --image. Images of the lab file at this site: guest, other.',
    );
    const none = two.replace(/sites: \[dcn0\]/g, 'sites: []');
    expect(() => image(none)).toThrow('Images of the lab file at this site: none.');
  });
});

describe('dcn verify', () => {
  test('boots each image at each site with computes that should have it', () => {
    expect(proofs(existingText)).toEqual({ guest: ['dcn0'] });
    expect(proofs(cacheText)).toMatchObject({
      'plain-128': ['central', 'dcn0', 'dcn1'],
      'packed-64': ['dcn1'],
    });
    expect(proofs(cacheText)).not.toHaveProperty('spare-64');
    expect(proofs(multistoreText, ['packed-64'])).toEqual({ 'packed-64': ['central', 'dcn0', 'dcn1'] });
  });

  test('refuses names that the lab file does not have, and images that are at no site with computes', () => {
    expect(() => proofsOf(plan(existingText), ['guest', 'gust', 'x'])).toThrow(
      'image gust, x: not in lab dev. Its images: guest.',
    );
    expect(() => proofsOf(plan(cacheText), ['spare-64'])).toThrow(
      'lab dev: puts spare-64 at no site with computes.',
    );
  });
});

describe('the tables', () => {
  const flat = { parent: null, outcome: 'flat' as const };
  const cells = (row: ServerRow): string[] => {
    const rows = [...serverTables([row]).matchAll(/^│ (.*) │$/gm)].map(([, cells]) =>
      (cells as string).split('│').map((cell) => cell.trim()),
    );
    expect([rows[0], rows[2]]).toEqual([
      ['image', 'site', 'node', 'ACTIVE after', 'console', 'WAN to, from site'],
      ['image', 'site', 'disk', 'holds itself', 'parent or source'],
    ]);
    expect(rows[3]?.slice(0, 2)).toEqual(rows[1]?.slice(0, 2));
    return [...(rows[1] ?? []), ...(rows[3]?.slice(2) ?? [])];
  };

  test('have a row for a clone: own data, console, bytes on the WAN', () => {
    expect(cells({ ...seenServer, wan: { to: 155648, from: 3 * 2 ** 20 } })).toEqual([
      'guest',
      'dcn0',
      'dcn0-hci-0',
      '4.20 s',
      'ready after 13.4 s',
      '152 KiB, 3.0 MiB',
      'clone',
      '24 of 1024 MiB',
      'images/x@snap',
    ]);
  });

  test.each<[string, Partial<SeenServer>, number, string]>([
    ['a clone of an image that was copied first', { outcome: 'copied' }, 6, 'clone, image copied first'],
    ['a full copy in Ceph', flat, 6, 'full copy in Ceph'],
    ['a copy from a cache', { ...flat, source: 'the cache of a' }, 8, 'the cache of a'],
    ['a copy on the host', { ...flat, disk: null }, 6, 'full copy on its host'],
    ['a local disk', { ...flat, disk: null, usedBytes: null, virtualBytes: null }, 7, '-'],
    ['a disk without a known source', flat, 8, '-'],
    ['a console without a ready line', { console: 'written' }, 4, 'last written after 13.4 s'],
    ['a silent console', { console: 'silent' }, 4, 'silent'],
    [
      'an image without an operating system',
      { console: 'none', consoleSeconds: null },
      4,
      'no operating system',
    ],
  ])('%s', (_, changes, column, text) => {
    expect(cells({ ...seenServer, ...changes, wan: 'no WAN' })[column]).toBe(text);
  });

  test('have a row for a WAN link without a counter, and for a failed server', () => {
    expect(cells({ ...seenServer, wan: 'not counted' })[5]).toBe('not counted');
    expect(cells({ image: 'guest', site: 'dcn1', failed: 'failed' })).toEqual([
      ...['guest', 'dcn1', 'failed', '-', '-', '-', 'failed', '-', '-'],
    ]);
  });
});
