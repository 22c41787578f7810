import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import execa from 'execa';
import type { Server } from 'ssh2';
import { page } from '../../cli/report/page';
import type { LabStatus, ListedImage } from '../../kit/answers';
import { projectRoot } from '../../lib/paths';
import { folderOfEachTest } from '../folderOfEachTest';
import { startUndercloud, writeStack } from './undercloudServer';

const folder = folderOfEachTest('state');

/** An element of a page, as Python's XML parser reads it. */
interface Element {
  tag: string;
  attributes: Record<string, string>;
  /** The text in it and in all elements below. */
  text: string;
}

/** All elements of a page or a picture, in order. @throws Error if the text is not well-formed XML */
function elementsOf(xml: string): Element[] {
  const script =
    'import json, sys, xml.etree.ElementTree as tree\n' +
    'root = tree.fromstring(sys.stdin.buffer.read())\n' +
    'tag = lambda one: one.tag.rpartition("}")[2]\n' +
    'print(json.dumps([{"tag": tag(one), "attributes": one.attrib, "text": "".join(one.itertext())} for one in root.iter()]))';
  const { stdout } = execa.sync('python3', ['-c', script], { input: xml });
  return JSON.parse(stdout) as Element[];
}

/** Fails unless the page loads nothing; gives its elements, and the pictures in it. */
function standingAlone(text: string): { elements: Element[]; pictures: string[] } {
  const elements = elementsOf(text);
  expect(elements.filter(({ tag }) => ['script', 'link', 'iframe', 'object', 'base'].includes(tag))).toEqual(
    [],
  );
  const handlers = elements.flatMap(({ attributes }) =>
    Object.keys(attributes).filter((name) => /^on/.test(name)),
  );
  expect(handlers).toEqual([]);
  const start = 'data:image/svg+xml;base64,';
  const sources = elements.flatMap(({ attributes: { src, href } }) =>
    [src, href].filter((one) => one !== undefined),
  );
  const pictures = sources.map((source) => {
    expect(String(source).startsWith(start)).toBe(true);
    return Buffer.from(String(source).slice(start.length), 'base64').toString('utf8');
  });
  pictures.forEach((svg) => expect(elementsOf(svg)[0]?.tag).toBe('svg'));
  expect(text.replace('http://www.w3.org/1999/xhtml', '')).not.toMatch(/https?:\/\/|@import|url\(/);
  return { elements, pictures };
}

const report = (lab: string, file: string) =>
  execa('./dcn', ['--lab', lab, 'report', file], { cwd: projectRoot, reject: false });

const texts = (elements: Element[], tag: string) =>
  elements.filter((one) => one.tag === tag).map(({ text }) => text);

test('names of others are text and never markup', () => {
  const name = `<script>alert('1')</script> & "x" \u0000`;
  const { elements } = standingAlone(
    page(name, [
      { heading: name, content: { kind: 'table', head: [name], rows: [[name]] } },
      { heading: 'b', content: { kind: 'sentence', text: name } },
    ]),
  );
  const shown = name.replace('\u0000', '?');
  expect(['title', 'h1', 'th', 'td', 'p'].map((tag) => texts(elements, tag))).toEqual(Array(5).fill([shown]));
});

test('of a lab that is not up: the images as the lab file wants them, and the last run', async () => {
  const record = fs.readFileSync(path.join(projectRoot, 'docs/timeline.jsonl'), 'utf8');
  fs.mkdirSync(path.join(folder(), 'state/dev'), { recursive: true });
  fs.writeFileSync(path.join(folder(), 'state/dev/last-run.jsonl'), record);
  const file = path.join(folder(), 'dev.html');
  const { stdout, exitCode } = await report('dev', file);
  expect([stdout, exitCode]).toEqual([file, 0]);
  const { elements, pictures } = standingAlone(fs.readFileSync(file, 'utf8'));
  expect(texts(elements, 'h2')).toEqual(['Topology', 'Images', 'Last audit', 'Jobs', 'Last run', 'Versions']);
  expect(texts(elements, 'p').filter((text) => text.includes('Lab dev is not up'))).toHaveLength(3);
  expect(pictures).toHaveLength(2);
  expect(pictures[0]).toContain('oc0-ceph-4');
  expect(pictures[1]).toContain('dev-control-plane');
});

test('a file in a folder that does not exist', async () => {
  const { stderr, exitCode } = await report('dev', path.join(folder(), 'none/dev.html'));
  expect(exitCode).toBe(1);
  expect(stderr).toContain('Name a file in a folder that exists.');
});

describe('of a lab that is up', () => {
  const image: ListedImage = {
    ...{
      diskFormat: 'raw',
      failed: [],
      id: '573db908-2c8a-4b9d-a068-799137b8549f',
      importing: [],
      lab: true,
    },
    ...{ name: 'guest', sha512: null, size: 2 ** 28, status: 'active', stores: ['central'] },
  };
  const job = {
    ...{
      doing: null,
      end: '2026-03-14T09:20:00Z',
      job: 'dcn0/overcloud-stack',
      kind: 'run' as const,
      log: '/log',
    },
    ...{
      reason: 'exit code 1',
      run: 2,
      seconds: 90,
      since: '2026-03-14T09:18:30Z',
      state: 'failed' as const,
    },
  };
  const status: LabStatus = {
    ...{
      announcements: [],
      certificates: [],
      directCopies: [],
      glance: 'ok',
      imports: [],
      lab: 'far',
      locks: [],
    },
    ...{
      jobs: [job],
      stores: [],
      audit: { at: '2026-03-14T09:26:53Z', errors: 1, seconds: 60, warnings: 2 },
    },
  };
  let server: Server;

  beforeEach(async () => {
    server = await startUndercloud(folder(), (channel, command) => {
      const answer = command.includes(' status ') ? status : [image];
      channel.write(`${JSON.stringify(answer)}\n`);
      channel.exit(0);
      channel.end();
    });
    writeStack('far');
  });
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const written = async () => {
    const file = path.join(folder(), 'far.html');
    const { exitCode, stderr } = await report(path.join(folder(), 'Pulumi.far.yaml'), file);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return file;
  };

  test('images, the verdict of the last audit, jobs with their reasons', async () => {
    const { elements } = standingAlone(fs.readFileSync(await written(), 'utf8'));
    const cells = texts(elements, 'td');
    expect(cells).toEqual(
      expect.arrayContaining(['guest', 'active', '256', 'central', 'dcn0/overcloud-stack']),
    );
    expect(cells).toEqual(expect.arrayContaining(['failed', '2', '1 min 30 s', 'exit code 1']));
    expect(texts(elements, 'p').join('\n')).toContain('2026-03-14T09:26:53Z; errors: 1, warnings: 2.');
  });

  const { exitCode: noChromium } = execa.sync('which', ['chromium'], { reject: false });
  /** Shows a page in Chromium; gives the elements that it has made of the page, and what it says on its console. */
  const inChromium = (file: string) =>
    execa('chromium', [
      ...[
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--enable-logging=stderr',
        '--window-size=1200,2000',
      ],
      ...[`--user-data-dir=${path.join(folder(), 'profile')}`, '--dump-dom', pathToFileURL(file).href],
    ]);

  (noChromium ? test.skip : test)('Chromium shows each picture, and refuses nothing', async () => {
    fs.mkdirSync(path.join(folder(), 'state/far'), { recursive: true });
    fs.copyFileSync(
      path.join(projectRoot, 'docs/timeline.jsonl'),
      path.join(folder(), 'state/far/last-run.jsonl'),
    );
    const file = await written();
    const { stdout, stderr } = await inChromium(file);
    expect(stdout).toContain('<h1>Lab far</h1>');
    expect(stderr).not.toMatch(/CONSOLE/);
    // A page of its own may run a script that measures the pictures.
    const probe = path.join(folder(), 'probe.html');
    const script = 'onload=()=>{document.title=[...document.images].map((one)=>one.naturalWidth>300)}';
    const text = fs.readFileSync(file, 'utf8').replace(/<meta http-equiv[^>]*>/, '');
    fs.writeFileSync(probe, text.replace('</body>', `<script>${script}</script></body>`));
    expect((await inChromium(probe)).stdout).toContain('<title>true,true</title>');
  });
});
