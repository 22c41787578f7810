import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import type { Server } from 'ssh2';
import { auditChanges } from '../../cli/auditText';
import { prometheusText } from '../../cli/prometheus';
import type { Audit, Finding } from '../../kit/answers';
import { projectRoot } from '../../lib/paths';
import { folderOfEachTest } from '../folderOfEachTest';
import { startUndercloud, writeStack } from './undercloudServer';

/* `dcn audit`: what it prints and writes of the kit's answer, and its exit codes. */

/** A family of metrics, as the parser of the exposition format gives it; the package has no types. */
interface Family {
  name: string;
  type: string;
  metrics: { labels?: object; value: string }[];
}
const parsePrometheus = jest.requireActual<(text: string) => Family[]>('parse-prometheus-text-format');

const folder = folderOfEachTest('state');

const at = '2026-11-30T12:00:00.000+00:00';
const down: Finding = {
  code: 'osd-down',
  severity: 'error',
  site: 'dcn0',
  node: null,
  what: 'Ceph cluster dcn0: 1 of 3 OSDs are not up',
  remedy: './dcn ssh e-0 sudo cephadm shell -- ceph osd tree',
  since: '2026-11-29T23:15:00.000+00:00',
};
const unit: Finding = {
  code: 'unit-failed',
  severity: 'warning',
  site: 'dcn0',
  node: 'e-0',
  what: 'unit a"b\\c has failed',
  remedy: './dcn ssh e-0 systemctl status a',
  since: at,
};
const kit: Finding = {
  code: 'kit-version',
  severity: 'warning',
  site: null,
  node: null,
  what: 'the kit on the undercloud is 0a, and that of the checkout 0b',
  remedy: './dcn up',
  since: at,
};
const answer = (...findings: Finding[]): Audit => ({
  at,
  findings,
  sites: ['control-plane', 'dcn0'],
  skipped: { dcn1: 'the site is not up' },
});

/** The underclouds of a test: an open one keeps the test's process alive. */
let servers: Server[] = [];
/** Words of the kit's verbs that ran, and the documents that they got. */
let called: { words: string; document: string }[] = [];
/** After so many milliseconds `dcn audit` gets SIGTERM. */
let limitMs: number | undefined;
afterEach(() => {
  limitMs = undefined;
  servers.forEach((server) => server.close());
  servers = [];
});

/** Runs `dcn audit` on a lab whose kit answers by a text, or fails without one. */
async function dcnAudit(text: string | undefined, ...words: string[]): Promise<execa.ExecaReturnValue> {
  writeStack('far');
  called = [];
  const server = await startUndercloud(folder(), (channel, command) => {
    let document = '';
    channel.on('data', (data: Buffer) => (document += data.toString()));
    channel.on('end', () => {
      called.push({ words: command.replace(/^.*\/kit /, ''), document });
      channel.write(text ?? '');
      channel.stderr.write(text === undefined ? 'no document\n' : '');
      channel.exit(text === undefined ? 2 : 0);
      channel.end();
    });
  });
  servers.push(server);
  const lab = path.join(folder(), 'Pulumi.far.yaml');
  return execa('./dcn', ['--lab', lab, 'audit', ...words], {
    cwd: projectRoot,
    reject: false,
    ...(limitMs !== undefined && { timeout: limitMs }),
  });
}
const json = (...findings: Finding[]): string => `${JSON.stringify(answer(...findings))}\n`;

test('prints findings with their places and remedies, sites that were left out, and the sum', async () => {
  const { stdout, exitCode } = await dcnAudit(json(down, unit, kit), 'dcn0', 'control-plane');
  const dcn = `./dcn --lab ${path.join(folder(), 'Pulumi.far.yaml')}`;
  expect(stdout.split('\n')).toEqual([
    'error  dcn0  osd-down  since 2026-11-29 23:15:00 UTC',
    '  Ceph cluster dcn0: 1 of 3 OSDs are not up',
    `  ${dcn} ssh e-0 sudo cephadm shell -- ceph osd tree`,
    'warning  dcn0/e-0  unit-failed',
    '  unit a"b\\c has failed',
    `  ${dcn} ssh e-0 systemctl status a`,
    'warning  undercloud  kit-version',
    '  the kit on the undercloud is 0a, and that of the checkout 0b',
    `  ${dcn} up`,
    'dcn1: not audited: the site is not up',
    '1 error, 2 warnings at control-plane, dcn0',
  ]);
  expect(exitCode).toBe(2);
  expect(called.map(({ words }) => words)).toEqual(['audit dcn0 control-plane']);
  expect(JSON.parse(called[0]?.document ?? '')).toMatchObject({
    kit: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    sites: [{ site: 'control-plane' }, { site: 'dcn0' }],
  });
});

test('--content has images read back, and prints which ones, and those that are too large', async () => {
  const content = [
    { store: 'central', read: ['guest', 'small'], larger: ['big'] },
    { store: 'dcn0', read: [], larger: [] },
  ];
  const { stdout, exitCode } = await dcnAudit(JSON.stringify({ ...answer(), content }), '--content', '512');
  expect(stdout.split('\n')).toEqual([
    'dcn1: not audited: the site is not up',
    'store central: read back: guest, small; larger than the limit of --content: big',
    'store dcn0: read back: nothing',
    '0 errors, 0 warnings at control-plane, dcn0',
  ]);
  expect(exitCode).toBe(0);
  expect(called.map(({ words }) => words)).toEqual(['audit --content 512']);
  const wrong = await dcnAudit(json(), '--content', '0');
  expect(wrong).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('a whole number, 1 or more') as string,
  });
});

test.each([
  ['nothing was found', json(), 0],
  ['there are warnings', json(unit), 1],
  ['there are errors', json(unit, down), 2],
  ['the kit fails', undefined, 3],
  ['the kit is an older one', 'usage: kit\n', 3],
])('--json prints the answer; the exit code says whether %s', async (_, text, code) => {
  const { stdout, exitCode } = await dcnAudit(text, '--json');
  expect(exitCode).toBe(code);
  expect(stdout === '' ? 3 : (JSON.parse(stdout) as Audit).findings.length).toBe(code === 3 ? 3 : code);
});

test.each([
  [['--unknown-option'], 3],
  [['--prometheus'], 3],
  [['--help'], 0],
])('the command line audit %j ends with %i', async (words, code) => {
  const { exitCode } = await execa('./dcn', ['audit', ...words], { cwd: projectRoot, reject: false });
  expect(exitCode).toBe(code);
});

test('a lab that is not up is an audit without an answer', async () => {
  servers.push(await startUndercloud(folder(), () => undefined));
  const lab = path.join(folder(), 'Pulumi.far.yaml');
  const { stderr, exitCode } = await execa('./dcn', ['--lab', lab, 'audit'], {
    cwd: projectRoot,
    reject: false,
  });
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('is not up') as string]);
});

test('--watch prints what has changed since the audit before', () => {
  const before = answer(down, unit);
  expect(auditChanges(before, { ...before, at: '2026-11-30T12:01:00.000+00:00' })).toBe('');
  const after: Audit = {
    at: '2026-11-30T12:01:02.000+00:00',
    findings: [
      { ...down, what: 'Ceph cluster dcn0: 2 of 3 OSDs are not up' },
      { ...kit, since: '2026-11-30T12:01:02.000+00:00' },
    ],
    sites: ['dcn0', 'dcn1'],
    skipped: { 'control-plane': 'a job of the site is at work' },
  };
  expect(auditChanges(before, after).split('\n')).toEqual([
    '2026-11-30 12:01:02 UTC',
    'warning  undercloud  kit-version',
    '  the kit on the undercloud is 0a, and that of the checkout 0b',
    '  ./dcn up',
    'gone  dcn0/e-0  unit-failed  unit a"b\\c has failed',
    'control-plane: not audited: a job of the site is at work',
    'dcn1: audited again',
    '',
  ]);
});

test.each<[string, Audit, Audit, string[]]>([
  [
    'nothing of a finding that no audit of all sites has had yet, and that is as it was',
    answer({ ...unit, since: at }),
    { ...answer({ ...unit, since: '2026-11-30T12:01:00.000+00:00' }), at: '2026-11-30T12:01:00.000+00:00' },
    [],
  ],
  [
    'which of two findings of one kind has gone',
    answer(unit, { ...unit, what: 'unit chronyd has failed' }),
    answer(unit),
    ['gone  dcn0/e-0  unit-failed  unit chronyd has failed'],
  ],
  [
    'nothing gone of a site that is left out',
    answer(unit),
    { ...answer(), skipped: { dcn0: 'a job of the site is at work', dcn1: 'the site is not up' } },
    ['dcn0: not audited: a job of the site is at work'],
  ],
])('--watch says %s', (_, before, now, lines) => {
  expect(auditChanges(before, now).split('\n').slice(1, -1)).toEqual(lines);
});

test('--watch goes on after an audit without an answer, and takes no fault of the command line for one', async () => {
  const file = path.join(folder(), 'audit.prom');
  const wrong = await dcnAudit(json(), '--watch', 'dcn0', '--prometheus', file);
  expect(wrong.exitCode).toBe(3);
  limitMs = 6000;
  const { timedOut, stderr } = await dcnAudit(undefined, '--watch');
  expect([timedOut, stderr]).toEqual([
    true,
    expect.stringMatching(/^\S+Z: no audit: no document$/m) as string,
  ]);
  expect(called).toHaveLength(1);
});

describe('--prometheus', () => {
  const samples = (text: string): Record<string, [string, object, string][]> =>
    Object.fromEntries(
      parsePrometheus(text).map(({ name, type, metrics }) => [
        name,
        metrics.map(({ labels = {}, value }) => [type, labels, value] as [string, object, string]),
      ]),
    );

  test('writes metrics that a parser of the exposition format reads', async () => {
    const file = path.join(folder(), 'audit.prom');
    const { exitCode } = await dcnAudit(json(down, down, unit, kit), '--prometheus', file);
    expect(exitCode).toBe(2);
    const found = samples(fs.readFileSync(file, 'utf8'));
    const place = (site: string, node: string, code: string, severity: string): object => ({
      lab: 'far',
      site,
      node,
      code,
      severity,
    });
    expect(found).toMatchObject({
      glance_dcn_audit_findings: [
        ['GAUGE', { lab: 'far', severity: 'error' }, '2'],
        ['GAUGE', { lab: 'far', severity: 'warning' }, '2'],
      ],
      glance_dcn_audit_finding: [
        ['GAUGE', place('dcn0', '', 'osd-down', 'error'), '2'],
        ['GAUGE', place('dcn0', 'e-0', 'unit-failed', 'warning'), '1'],
        ['GAUGE', place('', '', 'kit-version', 'warning'), '1'],
      ],
      glance_dcn_audit_site_audited: [
        ['GAUGE', { lab: 'far', site: 'control-plane' }, '1'],
        ['GAUGE', { lab: 'far', site: 'dcn0' }, '1'],
        ['GAUGE', { lab: 'far', site: 'dcn1' }, '0'],
      ],
    });
    const [[, , seconds]] = found.glance_dcn_audit_time_seconds as [[string, object, string]];
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(60);
    expect(fs.readdirSync(folder()).filter((name) => /prom/.test(name))).toEqual(['audit.prom']);
    expect(fs.statSync(file).mode & 0o777).toBe(0o644);
  });

  test('has each sample once, ends with a line end, and escapes values of labels', () => {
    const text = prometheusText('far', answer({ ...unit, node: 'a"b\\c\nd' }, kit), 1);
    const lines = text.split('\n');
    expect(lines.at(-1)).toBe('');
    const names = lines
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => line.replace(/ \S+$/, ''));
    expect(new Set(names).size).toBe(names.length);
    expect(text).toContain('node="a\\"b\\\\c\\nd"');
    expect(samples(text).glance_dcn_audit_finding?.[0]?.[1]).toMatchObject({ node: 'a"b\\c\nd' });
  });

  test('a parser refuses what has no such form', () => {
    expect(() => samples('glance_dcn_audit_findings{lab=far} 1\n')).toThrow();
  });

  test('without an answer keeps the last file, whose time then gets old', async () => {
    const file = path.join(folder(), 'audit.prom');
    fs.writeFileSync(file, 'before\n');
    expect((await dcnAudit(undefined, '--prometheus', file)).exitCode).toBe(3);
    expect(fs.readFileSync(file, 'utf8')).toBe('before\n');
  });

  test.each([
    [['--prometheus', 'audit.txt'], /^--prometheus audit\.txt: node_exporter reads only files .* in \.prom$/],
    [['dcn0', '--prometheus', 'audit.prom'], /^--prometheus is for an audit of all sites/],
  ])('refuses %j', async (words, message) => {
    const { exitCode, stderr } = await dcnAudit(json(), ...words);
    expect([exitCode, stderr, called]).toEqual([3, expect.stringMatching(message) as string, []]);
  });
});
