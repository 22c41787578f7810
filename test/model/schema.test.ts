import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { labFileJsonSchema } from '../../model';
import { generatedFiles } from '../../tools/docs';
import { cacheText, devText, existingText, faultsOf, labText } from './labs';

const projectRoot = path.resolve(__dirname, '../..');
const editor = z.fromJSONSchema(labFileJsonSchema());

test('files generated from the schema are current: npm run docs writes them', () => {
  for (const [file, text] of Object.entries(generatedFiles())) {
    expect({ file, text: fs.readFileSync(path.join(projectRoot, file), 'utf8') }).toEqual({ file, text });
  }
});

test.each([
  ['the shipped lab file', devText],
  ['the lab file for existing hosts', existingText],
  ['the shipped lab file with caches', cacheText],
  ['TripleO in full', labText({ rest: '  glance-dcn:sandbox: { tripleo: full }\n' })],
  ['a lab with everything', fs.readFileSync(path.join(__dirname, 'golden/Pulumi.wide.yaml'), 'utf8')],
  ['keys of Pulumi and of providers', `encryptionsalt: v1:x\n${labText({ rest: '  aws:region: x\n' })}`],
])('the JSON Schema accepts %s', (_, text) => {
  expect(faultsOf(text)).toEqual([]);
  expect(editor.safeParse(parse(text)).error).toBeUndefined();
});

test.each([
  ['misspelt key', labText({ rest: '  glance-dcn:topolgy: multistore\n' })],
  // Which other names are roles of the lab's own, only the role data file says.
  ['what is no name of a role', labText().replace('DistributedComputeHCI', 'distributed-compute')],
  [
    'cluster with a hyphen',
    labText({ edges: '    dcn0: { ceph: { cluster: d-0 }, nodes: { h-0: DistributedComputeHCI } }\n' }),
  ],
  ['node name in upper case', labText().replace('h-0', 'H-0')],
  ['no sites', 'config: { glance-dcn:release: wallaby }\n'],
  ['misspelt config', 'confg: {}\n'],
])('the JSON Schema refuses what the checks refuse: %s', (_, text) => {
  expect(faultsOf(text)).not.toEqual([]);
  expect(editor.safeParse(parse(text)).success).toBe(false);
});

test.each([
  ['.', devText],
  ['examples/cache', cacheText],
])('the lab file shipped in %s names the schema for editors', (folder, text) => {
  const [, file] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  expect(fs.existsSync(path.join(projectRoot, folder, String(file)))).toBe(true);
});
