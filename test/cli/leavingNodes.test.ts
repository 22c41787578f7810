import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Server } from 'ssh2';
import { confirm } from '../../cli/confirm';
import { type LabContext, openLab } from '../../cli/context';
import { askAboutNodes, sitesWithLeavingNodes } from '../../cli/leavingNodes';
import { stateDir } from '../../lib/paths';
import { folderOfEachTest } from '../folderOfEachTest';
import { startUndercloud, writeStack } from './undercloudServer';

/* Nodes that are gone from the lab file, and the question about them; the undercloud is an SSH server in this process. */

jest.mock('../../cli/confirm', () => ({ confirm: jest.fn() }));

const folder = folderOfEachTest('state');
let server: Server;
let calls: string[];
let answer: { does: string[]; faults: string[] } | undefined;
let context: LabContext;
let env: Parameters<typeof sitesWithLeavingNodes>[1];
let said: string;

beforeEach(async () => {
  calls = [];
  said = '';
  answer = { does: ['osd.3 is emptied'], faults: [] };
  jest.mocked(confirm).mockReset();
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((said += String(text))));
  server = await startUndercloud(folder(), (channel, command) => {
    calls.push(command);
    if (answer) {
      channel.write(JSON.stringify({ site: 'dcn0', ...answer }));
      channel.exit(0);
    } else {
      channel.stderr.write('store dcn0: no node of site dcn0 can be asked\nmore\n');
      channel.exit(1);
    }
    channel.end();
  });
  context = openLab(path.join(folder(), 'Pulumi.far.yaml'));
  writeStack('far');
  const backend = path.join(stateDir('far'), 'pulumi');
  fs.writeFileSync(path.join(backend, '.pulumi/meta.yaml'), 'version: 1\n');
  env = { PULUMI_BACKEND_URL: pathToFileURL(backend).href } as typeof env;
});
afterEach(() => {
  jest.restoreAllMocks();
  server.close();
});

/** Site dcn0 was brought up with these nodes. */
function standing(nodes: Record<string, { role?: string }>): Set<string> {
  const root = { type: 'pulumi:pulumi:Stack', outputs: { nodes } };
  const latest = { manifest: { time: '2026-12-01T00:00:00Z' }, resources: [root] };
  const file = path.join(stateDir('far'), 'pulumi/.pulumi/stacks/glance-dcn/far-dcn0.json');
  fs.writeFileSync(file, JSON.stringify({ checkpoint: { latest } }));
  return new Set(['far', 'far-dcn0']);
}
const hci = { 'dcn0-hci-0': { role: 'DistributedComputeHCI' } };
const leaving = { ...hci, 'old-8': { role: 'DistributedComputeScaleOut' } };

test('nothing is asked, at the terminal or of the undercloud, where no node is gone', async () => {
  expect(await askAboutNodes(context, env, standing(hci))).toBe(false);
  expect([calls, said, jest.mocked(confirm).mock.calls]).toEqual([[], '', []]);
});

test('what a drain does is shown before the question, to which the answer is the names of the nodes', async () => {
  expect(await askAboutNodes(context, env, standing(leaving))).toBe(true);
  expect(calls).toEqual([
    'python3 /home/stack/dcn/far/kit nodes drain old-8 --site dcn0 --stack dcn0 --cluster dcn0 --check',
  ]);
  expect(said).toBe(
    'Nodes that leave site dcn0, because the lab file has them no more: old-8.\n  osd.3 is emptied\n',
  );
  expect(jest.mocked(confirm).mock.calls).toEqual([['old-8']]);
});

test('what is in the way is shown in place of a question', async () => {
  answer = { does: ['osd.3 is emptied'], faults: ['old-8 still has servers: w\x1b[2Jeb'] };
  await expect(askAboutNodes(context, env, standing(leaving))).rejects.toThrow('Nothing was changed');
  expect(said).toContain('  osd.3 is emptied\n  in the way: old-8 still has servers: w?[2Jeb\n');
  expect(jest.mocked(confirm).mock.calls).toEqual([]);
});

test('an undercloud or a cluster that does not answer is named, and the question asked all the same', async () => {
  answer = undefined;
  expect(await askAboutNodes(context, env, standing(leaving))).toBe(true);
  expect(said).toContain('  not known what that does: store dcn0: no node of site dcn0 can be asked\n');
  server.close();
  const [unreachable] = await sitesWithLeavingNodes(context, env, standing(leaving));
  expect(unreachable).toEqual({
    site: 'dcn0',
    nodes: ['old-8'],
    work: { unknown: expect.stringContaining('undercloud') as string },
  });
});

test('a node that must stay is left to the program of the stack, which refuses it', async () => {
  const gone = { ...leaving, 'old-9': {} };
  expect(await sitesWithLeavingNodes(context, env, standing(gone))).toEqual([]);
});
