import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { parse, stringify } from 'yaml';
import { serverDocument, serverSite } from '../../cli/proofs/serverPlan';
import { kitFolder } from '../../stacks/kit';
import { auditDocument, parseLab, planLab } from '../../model';
import {
  type Run,
  type Stacks,
  TestLab,
  standing,
  standingCaches,
  standingCloud,
} from '../components/harness';
import { devText, existingText } from '../model/labs';
import { onExistingHosts } from '../shipped';
import { type Ended, type TestUndercloud, within } from './undercloud';

/*
 * Checks the contract (kit/verbs.ts) against the kit: the kit's readers accept every document that components and the command
 * line send. contract.ts checks the answers, in all tests that call the kit.
 */

jest.setTimeout(180_000);

/** A call of the kit: its words, and the document on its standard input. */
interface Call {
  words: string[];
  document: string;
}

const image = '1f0c4a52-7a0e-4b5f-9a3c-6f1a0f6e2d11';
const cloud = {
  getImageIds: () => ({ ids: [image] }),
  getFlavor: ({ name }: Record<string, unknown>) => ({ id: `id-of-${String(name)}` }),
};
const outsideText = fs.readFileSync(path.join(__dirname, '../model/golden/Pulumi.outside.yaml'), 'utf8');

/** Runs stacks of a lab and gives all calls of the kit with a document, for creation and deletion. */
async function callsOf(
  lab: TestLab,
  stacks: string[],
  options: Parameters<TestLab['run']>[1],
): Promise<Call[]> {
  const runs: Run[] = [];
  for (const stack of stacks) {
    runs.push(await lab.run(stack, options));
  }
  lab.remove();
  const commands = runs.flatMap(({ resources }) =>
    resources.filter(({ type }) => type === 'command:remote:Command').map(({ inputs }) => inputs),
  );
  const calls = await Promise.all(
    commands.map(async (inputs) => {
      const [, prelude, words] = / ?^(?:(.*) \| )?python3 \S+\/kit (.*)$/.exec(
        String(inputs.create),
      ) as unknown as [string, string | undefined, string];
      const stdin = typeof inputs.stdin === 'string' ? inputs.stdin : '';
      const document = prelude ? (await execa('sh', ['-c', prelude], { input: stdin })).stdout : stdin;
      const [update, undo] = [inputs.update, inputs.delete].map(
        (call) => /\/kit (.*)$/.exec(String(call))?.[1],
      );
      return [words, update, undo].flatMap((call) => (call ? [{ words: call.split(' '), document }] : []));
    }),
  );
  // `site close` reads none: it undoes `nodes wait`.
  return calls.flat().filter(({ document, words }) => document && !words.join(' ').startsWith('site close'));
}

/** Calls the kit with a document to which an unknown key was added. */
async function planted(here: TestUndercloud, { words, document }: Call): Promise<Ended> {
  const content = parse(document.replaceAll(/\/home\/stack\/dcn\/\w+/g, here.lab())) as object;
  return here.kit(words, stringify({ ...content, planted: 'x' }));
}

/** Checks that the only fault of each document is the unknown key that was added. */
function reads(calls: () => Promise<Call[]>, verbs: string[]): () => Promise<void> {
  return within(async (here) => {
    const found = await calls();
    expect([...new Set(found.map(({ words }) => words.join(' ')))].sort()).toEqual(verbs.sort());
    // One document of each verb and set of keys is enough.
    const keysOf = ({ words, document }: Call): string =>
      JSON.stringify([words, Object.keys(parse(document) as object)]);
    for (const call of new Map(found.map((one) => [keysOf(one), one])).values()) {
      const { code, stderr } = await planted(here, call);
      expect([call.words.join(' '), code, stderr.trimEnd().split('\n')]).toEqual([
        call.words.join(' '),
        2,
        [expect.stringMatching(/: planted: is not a key of /)],
      ]);
    }
  });
}

const sandboxLab = (text?: string): TestLab => {
  const lab = new TestLab();
  lab.write(text ?? lab.shipped());
  return lab;
};
const withStacks = (stacks: Stacks) => ({ stacks });

test(
  'the kit accepts the documents of a lab with stores',
  reads(
    () => callsOf(sandboxLab(), ['dev-control-plane', 'dev-dcn0', 'dev-images'], withStacks(standing)),
    [
      'images check-removal',
      'images ensure',
      'images remove-all',
      'images restore',
      'job run',
      'job undo',
      'nodes wait',
      'nodes wait --again',
      'site check',
      'site restore control-plane',
      'site restore dcn0',
      'stores record',
      'stores register',
      'stores withdraw',
    ],
  ),
);

test(
  'the kit accepts the documents of a site with caches, and of images for caches',
  reads(
    () =>
      callsOf(
        new TestLab('examples/cache/Pulumi.cache.yaml'),
        ['cache-dcn1', 'cache-images'],
        withStacks(standingCaches),
      ),
    [
      'caches keep',
      'caches leave',
      'images check-removal',
      'images ensure',
      'images remove-all',
      'images restore',
      'job run',
      'job undo',
      'nodes wait',
      'nodes wait --again',
      'site check',
      'site restore dcn1',
    ],
  ),
);

test(
  'the kit accepts the documents of servers of a cloud',
  reads(async () => {
    const lab = new TestLab('examples/openstack/Pulumi.openstack.yaml');
    lab.write(lab.shipped().replace('~/.ssh/id_ed25519', 'state/openstack/sandbox/id_ed25519'));
    const calls = await callsOf(lab, ['openstack-dcn0'], { stacks: standingCloud, cloud });
    // The harness makes ids and keys that name their resource; no cloud or SSH server has such ids or keys.
    const real = (document: string): string =>
      document
        .replaceAll(/(: ?"?)oc0-ceph-4-osd\d-id/g, `$1${image}`)
        .replaceAll('-hostkey', '')
        .replaceAll(/AAAAoc0-ceph-4/g, 'AAAA');
    return calls
      .filter(({ words }) => words[0] === 'nodes')
      .map(({ words, document }) => ({ words, document: real(document) }));
  }, ['nodes prepare', 'nodes prepare --again', 'nodes wait', 'nodes wait --again']),
);

test(
  'the kit accepts the documents of existing hosts, and of a store that it reaches as a client',
  reads(async () => {
    const hosts = sandboxLab();
    hosts.write(onExistingHosts(hosts.shipped()));
    const existing = await callsOf(hosts, ['dev-dcn0'], withStacks(standing));
    const digests = Object.fromEntries(
      ['central_ceph_client.yaml', 'central_ceph_external.yaml', 'ceph_client.yml'].map((file) => [
        `external-ceph/${file}`,
        'ab'.repeat(32),
      ]),
    );
    const outside = await callsOf(
      sandboxLab(outsideText),
      ['dev-control-plane'],
      withStacks({
        ...standing,
        'dev-external-ceph': { schemaVersion: 1, lab: 'dev', site: 'external-ceph', nodes: {}, digests },
      }),
    );
    return [...existing, ...outside].filter(({ words }) => ['nodes', 'stores'].includes(words[0] as string));
  }, [
    'nodes check',
    'nodes check --again',
    'nodes wait',
    'nodes wait --again',
    'stores record',
    'stores register',
    'stores withdraw',
  ]),
);

test(
  'the kit accepts the documents of servers of Nova',
  reads(async () => {
    const options = { flavor: 'm1.tiny', network: 'public', volume: true };
    const call = (text: string, name?: string): Call => {
      const plan = planLab(parseLab('dev', text));
      const document = serverDocument(plan, serverSite(plan, 'dcn0'), 'plain-256', options, name);
      return { words: ['servers', name ? 'boot' : 'prove'], document: JSON.stringify(document) };
    };
    return [call(devText), call(devText, 'vm1'), call(existingText), call(existingText, 'vm1')];
  }, ['servers boot', 'servers prove']),
);

test(
  'the kit accepts the documents of audits',
  reads(async () => {
    const call = (text: string): Call => {
      const lab = parseLab('dev', text);
      return { words: ['audit'], document: JSON.stringify(auditDocument(lab, planLab(lab), '0a')) };
    };
    return [devText, existingText, outsideText].map(call);
  }, ['audit']),
);

test('the kit is uploaded without TypeScript', async () => {
  const files = fs.readdirSync((await kitFolder()).folder, { recursive: true }) as string[];
  expect(files.filter((file) => file.endsWith('.ts'))).toEqual([]);
});

test(
  'words that name sites, stores, jobs and clusters are names: a path is refused, and nothing is written',
  within(async (here) => {
    const outside = '../../../escaped';
    const calls = [
      ['stores', 'announce', outside],
      ['stores', 'lost', outside],
      ['stores', 'forget', outside],
      ['site', 'leave', outside],
      ['site', 'close', outside],
      ['job', 'log', outside],
      ['job', 'wait', `${outside}/step`],
      ['supervise', outside],
      ['images', 'copy', 'x', '--to', 'dcn0', outside],
      ['images', 'verify', 'x', '--at', outside],
      ['ceph', 'release', '--cluster', outside],
    ];
    for (const words of calls) {
      const { code, stdout, stderr } = await here.kit(words);
      expect({ words, code, stdout }).toEqual({ words, code: 2, stdout: '' });
      expect(stderr).toMatch(
        /^'\.\.\/\.\.\/\.\.\/escaped(\/step)?' cannot be the name of a [^\n]+: write [^\n]+\n$/,
      );
    }
    expect(fs.readdirSync(here.lab())).toEqual(['kit', 'kits']);
    expect(fs.readdirSync(here.path('dcn'))).toEqual(['dev']);
  }),
);
