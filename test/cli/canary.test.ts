import { canaryProof, proveCanary } from '../../cli/proofs/canary';
import { Interrupted } from '../../cli/run/schedule';
import type { LabContext } from '../../cli/context';
import { withKit } from '../../cli/undercloud';
import type { ListedImage } from '../../kit/answers';
import { parseLab, planLab } from '../../model';
import { cacheText, devText } from '../model/labs';
import { seenServer } from './seenServer';

/* What a canary gets before its servers boot, for each way of images: the kit is mocked. */

jest.mock('../../cli/undercloud', () => ({
  ...jest.requireActual<object>('../../cli/undercloud'),
  withKit: jest.fn(),
}));
jest.mock('../../cli/proofs/wanMeter', () => ({ wanMeter: async () => async () => 'not counted' }));

const context = (text: string): LabContext => {
  const lab = parseLab('dev', text);
  return { name: 'dev', file: '/Pulumi.dev.yaml', isInProject: true, lab, plan: planLab(lab) };
};
const image = (name: string, more: Partial<ListedImage>): ListedImage => ({
  diskFormat: 'raw',
  failed: [],
  id: '573db908-2c8a-4b9d-a068-799137b8549f',
  importing: [],
  lab: true,
  name,
  sha512: null,
  size: 1,
  status: 'active',
  stores: ['central'],
  ...more,
});

/** The kit's calls, and what Glance has. A copy never ends while `isStuck`. */
let calls: string[];
let asked: unknown[];
let listed: ListedImage[];
let isStuck: boolean;
beforeEach(() => {
  calls = [];
  asked = [];
  isStuck = false;
  const note = ({ words }: { words: readonly string[] }): void => void calls.push(words.join(' '));
  const kit = {
    ask: async (verb: { words: readonly string[] }, { document }: { document?: object }) => {
      note(verb);
      asked.push(...(document ? [document] : []));
      return verb.words[0] === 'images' ? listed : seenServer;
    },
    text: async (command: { words: readonly string[] }) => {
      note(command);
      await (isStuck ? new Promise(() => undefined) : undefined);
      return '';
    },
  };
  jest.mocked(withKit).mockImplementation(async (_, work) => work(kit as never));
});

async function prove(
  text: string,
  site: string,
  stop = new AbortController().signal,
  asAdmin = false,
): Promise<string[]> {
  const lab = context(text);
  return proveCanary(lab, await canaryProof(lab, site), { onLine: () => undefined, stop, asAdmin });
}
const copies = (): string[] => calls.filter((words) => words.startsWith('images copy'));
const servers = (): number => calls.filter((words) => words === 'servers prove').length;

test('a store gets the images that it lacks, by the way that the lab file says', async () => {
  listed = [
    image('guest', { stores: ['central', 'dcn1'] }),
    image('plain-256', {}),
    image('packed-128', { stores: ['central', 'dcn0'] }),
  ];
  const direct = 'copy: { direct: { rateMbit: 50 } }\n      sites: [dcn0, dcn1]\n    packed-128:';
  const text = devText.replace('sites: [dcn0, dcn1]\n    packed-128:', direct);
  expect(await prove(text, 'dcn0')).toEqual([]);
  expect(copies()).toEqual([
    'images copy guest --to dcn0',
    'images copy plain-256 --to dcn0 --direct --rate 50',
  ]);
  expect(servers()).toBe(3);
});

test('caches fetch the images that a node of the canary lacks', async () => {
  listed = [
    image('guest', { cached: ['oc0-ceph-2'], queued: [] }),
    image('plain-128', { cached: ['oc0-ceph-2', 'oc0-ceph-3'] }),
  ];
  const notes = await prove(cacheText, 'dcn1');
  expect(copies()).toEqual(['images copy guest --to dcn1']);
  expect(servers()).toBe(2);
  expect(notes).toEqual(['No server from packed-64: Glance gets such images after all sites are up.']);
});

test('a tenant asks for the servers, or the administrator', async () => {
  listed = [image('guest', { stores: ['central', 'dcn0'] })];
  await prove(devText, 'dcn0');
  await prove(devText, 'dcn0', undefined, true);
  expect(asked).toEqual([
    expect.not.objectContaining({ asAdmin: expect.anything() as unknown }),
    expect.objectContaining({ asAdmin: true }),
  ]);
});

test('a copy that is on its way is waited for', async () => {
  listed = [image('guest', { importing: ['dcn0'] })];
  await prove(devText, 'dcn0');
  expect(copies()).toEqual(['images copy guest --to dcn0']);
  listed = [image('guest', { cached: ['oc0-ceph-2'], queued: ['oc0-ceph-3'] })];
  await prove(cacheText, 'dcn1');
  expect(copies()).toEqual(['images copy guest --to dcn0', 'images copy guest --to dcn1']);
  expect(servers()).toBe(2);
});

test('earlier versions of an image, and those that are no longer of the lab file, do not count', async () => {
  listed = [image('guest', { version: 'earlier' }), image('other', { stores: [] })];
  const notes = await prove(devText, 'dcn0');
  expect(calls).toEqual(['images list --json --of-lab']);
  expect(notes).toEqual([
    'No server from guest, plain-256, packed-128: Glance gets such images after all sites are up.',
  ]);
});

test('an interruption does not wait for a copy', async () => {
  listed = [image('guest', {})];
  isStuck = true;
  const stop = new AbortController();
  const proof = prove(devText, 'dcn0', stop.signal);
  setTimeout(() => stop.abort(), 50);
  await expect(proof).rejects.toThrow(Interrupted);
  expect(servers()).toBe(0);
});
