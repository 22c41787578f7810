import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { previewMarkdown } from '../../cli/preview/markdown';
import { resourceChange } from '../../cli/preview/resourceDiff';
import { touchedStacks } from '../../cli/commands/touched';
import { parseLab, planLab } from '../../model';
import { projectRoot } from '../../lib/paths';
import { onExistingHosts } from '../shipped';

const urn = 'urn:pulumi:dev-dcn0::glance-dcn::dcn:site:EdgeSite$command:remote:Command::dcn0-overcloud-stack';
const secret = {
  '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
  ciphertext: '[secret]',
};
const archive = {
  '4dabf18193072939515e22adb298388d': '0def7320c3a5731c473e5ecbe6d01bc7',
  path: '/home/a/kit',
};
const type = 'command:remote:Command';
const document = (memory: number) =>
  `job: dcn0/overcloud-stack\nfiles:\n  dcn0/glance.yaml: |\n    parameter_defaults:\n      A: 1\n      B: 2\n      C: 3\n` +
  `      NovaReservedHostMemory: ${memory}\nlimitMinutes: 90\n`;

describe('the lines of a change', () => {
  test('of a document are YAML lines, with the keys above them', () => {
    const change = resourceChange({
      op: 'update',
      urn,
      type,
      old: { custom: true, inputs: { create: 'kit job run', stdin: document(1024) } },
      new: { custom: true, inputs: { create: 'kit job run', stdin: document(4096) } },
    });
    expect(change).toEqual({
      name: 'dcn0-overcloud-stack',
      op: 'update',
      lines: [
        '@@ files › dcn0/glance.yaml › parameter_defaults @@',
        '       A: 1',
        '       B: 2',
        '       C: 3',
        '-      NovaReservedHostMemory: 1024',
        '+      NovaReservedHostMemory: 4096',
        ' limitMinutes: 90',
      ],
    });
  });

  test('of other inputs are YAML, with secrets, unknown values and files masked', () => {
    const change = resourceChange({
      op: 'replace',
      urn,
      type,
      old: { custom: true, inputs: { source: { ...archive, hash: 'a'.repeat(64) }, triggers: ['/dev/vdb'] } },
      new: {
        custom: true,
        inputs: {
          connection: { host: '192.0.2.1', privateKey: secret },
          create: '04da6b54-80e4-46f7-96ec-b56ff0331ba9',
          source: { ...archive, hash: 'b'.repeat(64) },
          triggers: ['/dev/vdb', '/dev/vdc'],
        },
      },
    });
    expect(change?.lines).toEqual([
      '+connection:',
      '+  host: 192.0.2.1',
      '+  privateKey: "[secret]"',
      '+create: "[not known yet]"',
      '-source: "[files aaaaaaaaaaaa]"',
      '+source: "[files bbbbbbbbbbbb]"',
      '@@ triggers @@',
      ' triggers:',
      '   - /dev/vdb',
      '+  - /dev/vdc',
    ]);
  });

  test('of a secret name its key, and not its value', () => {
    const inputs = { connection: { privateKey: secret } };
    const change = resourceChange({
      op: 'update',
      urn,
      type,
      old: { custom: true, inputs },
      new: { custom: true, inputs },
      diffs: ['connection'],
    });
    expect(change?.lines).toEqual(['! connection: a secret in it changes']);
  });

  test('are empty for unchanged resources, and for the halves of a replacement', () => {
    for (const op of ['same', 'create-replacement', 'delete-replaced', 'read']) {
      expect(resourceChange({ op, urn, type })).toBeUndefined();
    }
  });
});

test('nodes that leave a site are below the table, with what that does and what is in the way', () => {
  const work = { does: ['osd.3 is emptied'], faults: ['e-3 still has servers'] };
  const preview = { state: 'previewed' as const, changes: [] };
  const text = previewMarkdown(
    'dev',
    [{ stack: 'dev-dcn0', preview, leaving: { site: 'dcn0', nodes: ['e-3'], work } }],
    [],
    './dcn',
  );
  expect(text).toContain(
    [
      '```text',
      'Nodes that leave site dcn0, because the lab file has them no more: e-3.',
      '  osd.3 is emptied',
      '  in the way: e-3 still has servers',
      '```',
    ].join('\n'),
  );
});

test('the summary has a table of all stacks, and below it the folded changes', () => {
  const text = previewMarkdown(
    'dev',
    [
      { stack: 'dev', preview: { state: 'previewed', changes: [] } },
      {
        stack: 'dev-dcn0',
        preview: {
          state: 'previewed',
          changes: [
            { name: 'dcn0-overcloud-stack', op: 'update', lines: ['-a: ```', '+a: b'] },
            { name: 'dcn0-overcloud-config', op: 'update', lines: ['+c: d'] },
            { name: 'oc0-ceph-4', op: 'replace', lines: [] },
          ],
        },
      },
      { stack: 'dev-dcn1', preview: { state: 'failed', reason: '\nStack dev | is not there\nmore' } },
      { stack: 'dev-dcn2', preview: { state: 'waits', exists: false, waitsFor: ['dev-control-plane'] } },
      { stack: 'dev-dcn3', preview: { state: 'waits', exists: true, waitsFor: ['dev-control-plane'] } },
      { stack: 'dev-dcn4', preview: { state: 'waits', exists: false, waitsFor: [] } },
      { stack: 'dev-dcn9', preview: { state: 'left over' } },
    ],
    ['dev-dcn2', 'dev-dcn4'],
    './dcn',
  );
  expect(text).toBe(`## Preview of lab dev

| stack | what \`pulumi up\` would do |
| --- | --- |
| dev | unchanged |
| dev-dcn0 | 2 to update, 1 to replace |
| dev-dcn1 | **failed**: Stack dev \\| is not there |
| dev-dcn2 | does not exist yet: waits for dev-control-plane |
| dev-dcn3 | not previewed: waits for dev-control-plane |
| dev-dcn4 | does not exist yet: \`./dcn up\` |
| dev-dcn9 | its site is not in the lab file: \`./dcn destroy dcn9\` removes it |

The stores of dev-dcn2, dev-dcn4 also change the control plane, though no stack shows it: its \`overcloud-stack\` and \`overcloud-config\` run again with all stores, once for those that come together, and its glance-api restarts.

<details>

<summary>dev-dcn0: 2 to update, 1 to replace</summary>

#### dcn0-overcloud-stack (update)

\`\`\`\`diff
-a: \`\`\`
+a: b
\`\`\`\`

#### dcn0-overcloud-config (update)

\`\`\`diff
+c: d
\`\`\`

</details>

<details>

<summary>dev-dcn1: failed</summary>

\`\`\`text
Stack dev | is not there
more
\`\`\`

</details>`);
});

describe('the stacks that a change touches', () => {
  const shipped = fs.readFileSync(path.join(projectRoot, 'Pulumi.dev.yaml'), 'utf8');
  const before = parseLab('dev', shipped);
  const touchedBy = (from: string, to: string): string[] => {
    const lab = parseLab('dev', shipped.replace(from, to));
    return touchedStacks(before, { lab, plan: planLab(lab) });
  };
  const everything = ['dev', 'dev-control-plane', 'dev-dcn0', 'dev-dcn1', 'dev-images'];

  test.each([
    ['a comment', '# The collapsed', '# This', []],
    ['a site', 'dcn0: {', 'dcn0: { parameters: { NovaReservedHostMemory: 4096 },', ['dev-dcn0']],
    [
      'a new site',
      '    dcn1:',
      '    dcn2: { nodes: { oc0-ceph-6: DistributedComputeHCI } }\n    dcn1:',
      ['dev-dcn2'],
    ],
    ['an image', 'sizeMiB: 128', 'sizeMiB: 64', ['dev-images']],
    ['shared resources', 'servers: true', 'servers: true, sshPort: 2299', everything],
    [
      'physical networks',
      '  glance-dcn:sites:',
      '  glance-dcn:physicalNetworks: { leaf0: {} }\n  glance-dcn:sites:',
      ['dev-control-plane'],
    ],
    ['the name of the central cluster', 'cluster: central', 'cluster: main', everything.slice(1)],
  ])('%s', (_what, from, to, expected) => {
    expect(touchedBy(from, to)).toEqual(expect.arrayContaining(expected));
    expect(touchedBy(from, to)).toHaveLength(expected.length);
  });

  test('all, for a new lab', () => {
    expect(touchedStacks(undefined, { lab: before, plan: planLab(before) })).toEqual(everything);
  });

  test('are those that changed since a commit', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-touched-'));
    const file = path.join(folder, 'Pulumi.dev.yaml');
    const git = (...args: string[]) =>
      execa('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], { cwd: folder });
    const touched = (commit: string) =>
      execa('./dcn', ['touched', commit, file], { cwd: projectRoot, reject: false });
    fs.writeFileSync(file, shipped);
    await git('init', '--quiet');
    await git('add', file);
    await git('commit', '--quiet', '--message', 'A lab');
    fs.writeFileSync(file, shipped.replace('dcn1:', 'dcn3:').replaceAll('dcn0, dcn1', 'dcn0, dcn3'));
    const { stdout, stderr } = await touched('HEAD');
    expect(JSON.parse(stdout)).toEqual(['dev-dcn3', 'dev-images'].map((stack) => ({ lab: file, stack })));
    expect(stderr).toContain('dev-dcn1: its site is not in the lab file any more; `./dcn');
    expect((await touched('HEAD~7')).stderr).toContain('HEAD~7: no commit that git knows');
    fs.rmSync(folder, { recursive: true });
  });

  test('are those whose NIC templates changed since a commit', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-touched-'));
    const file = path.join(folder, 'Pulumi.dev.yaml');
    const template = path.join(folder, 'nics', 'hci.j2');
    const git = (...args: string[]) =>
      execa('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.org', ...args], { cwd: folder });
    const touched = async () =>
      (await execa('./dcn', ['touched', 'HEAD', file], { cwd: projectRoot })).stdout;
    const nics = 'dcn0: { nics: { DistributedComputeHCI: nics/hci.j2 },';
    fs.writeFileSync(file, onExistingHosts(shipped).replace('dcn0: {', nics));
    fs.mkdirSync(path.dirname(template));
    fs.writeFileSync(template, 'network_config: []\n');
    await git('init', '--quiet');
    await git('add', folder);
    await git('commit', '--quiet', '--message', 'A lab');
    expect(JSON.parse(await touched())).toEqual([]);
    fs.writeFileSync(template, 'network_config:\n- type: interface\n');
    expect(JSON.parse(await touched())).toEqual([{ lab: file, stack: 'dev-dcn0' }]);
    fs.rmSync(folder, { recursive: true });
  });
});
