import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Command } from 'commander';
import { isMap, parseDocument } from 'yaml';
import { timelineText } from '../../cli/pictures/timeline/text';
import { createProgram } from '../../cli/program';
import { readRecord } from '../../cli/run/record';
import { LabFileError, parseLab } from '../../model';
import { projectRoot } from '../../lib/paths';

/*
 * Checks of the documents: links have targets, verbs and lab snippets are accepted, and quoted messages are in the
 * sources. In troubleshooting.md a block ```message has one message a line, `<…>`
 * standing for what differs. In any document ```yaml lab=<lab> is a whole lab file, and ```yaml lab+<lab> changes to it.
 */

const read = (file: string): string => fs.readFileSync(path.join(projectRoot, file), 'utf8');
const longestExpression = 120;
const documents = fs
  .readdirSync(path.join(projectRoot, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)
  .concat('README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md')
  .concat('kit/README.md', 'sandbox/undercloud/README.md', 'examples/ci/README.md');

/** The fenced blocks of a document whose opening line matches, without the indentation of lists. */
function blocks(file: string, opening: RegExp): { info: RegExpExecArray; text: string }[] {
  return [...read(file).matchAll(/^( *)```(\S.*)\n([^]*?)^\1```$/gm)].flatMap(([, indent, words, text]) => {
    const info = opening.exec(words as string);
    return info ? [{ info, text: (text as string).replaceAll(new RegExp(`^${indent}`, 'gm'), '') }] : [];
  });
}

/** Anchors of a document's headings, as GitHub makes them. */
function anchors(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Source files below a folder. */
function sources(folder: string): string[] {
  return fs
    .readdirSync(path.join(projectRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|py|sh)$/.test(entry.name))
    .map((entry) => path.relative(projectRoot, path.join(entry.parentPath, entry.name)));
}

/** A text of the sources as it is printed: literals joined, escapes and line ends undone. */
function printed(text: string): string {
  return text
    .replace(/(["'`])\s*[+\\]?\s*\n\s*\+?\s*f?["'`]/g, '')
    .replace(/\\n/g, ' ')
    .replace(/\\(.)/g, '$1')
    .replace(/\s+/g, ' ');
}

test.each(documents)('links of %s have targets', (file) => {
  const targets = [...read(file).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
  const broken = targets.filter(([, target, anchor]) => {
    const name = target ? path.join(path.dirname(file), target) : file;
    if (!fs.existsSync(path.join(projectRoot, name))) {
      return true;
    }
    return anchor !== undefined && !anchors(name).includes(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test.each(documents)('verbs of ./dcn in %s are those of the command line', (file) => {
  const used = [
    ...read(file).matchAll(/\.\/dcn(?: --lab [^\s`]+)? ((?:images |sandbox (?:node )?)?[a-z]+)/g),
  ].map(([, words]) => words as string);
  expect(used.filter((words) => !isVerb(createProgram(), words.split(' ')))).toEqual([]);
});

test.each(documents)('options of ./dcn in %s are those of the verb', (file) => {
  const calls = [...read(file).matchAll(/\.\/dcn ([^`#"|;&)>\n]*)/g)].map(([, words]) =>
    (words as string).split(' '),
  );
  const unknown = calls.flatMap((words) => {
    const verb = verbOf(createProgram(), words);
    const known = [...optionsOf(verb), '--lab'];
    // What follows the node of ssh is the command there.
    const own = verb.name() === 'ssh' ? [] : words.filter((word) => /^--?[a-z]/.test(word));
    return own.filter((option) => !known.includes(option)).map((option) => `${verb.name()} ${option}`);
  });
  expect(unknown).toEqual([]);
});

/** The verb that the words of a call name, through verbs of verbs; the program itself if they name none. */
function verbOf(command: Command, words: string[]): Command {
  const verb = command.commands.find((candidate) => words.includes(candidate.name()));
  return verb ? verbOf(verb, words.slice(words.indexOf(verb.name()) + 1)) : command;
}

function optionsOf(command: Command): (string | undefined)[] {
  return [...command.options.flatMap(({ long, short }) => [long, short]), '--help', '-h'];
}

test.each(documents)('scripts of npm in %s are in package.json', (file) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const used = [...read(file).matchAll(/npm run ([a-z:]+)/g)].map(([, script]) => script as string);
  expect(used.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
});

/** Whether a command has a verb, or a verb of a verb, of these words. */
function isVerb(command: Command, [word, ...rest]: string[]): boolean {
  const verb = command.commands.find((candidate) => candidate.name() === word);
  return verb !== undefined && (rest.length === 0 || isVerb(verb, rest));
}

test('lab snippets of the documents are accepted', () => {
  const texts = new Map<string, string>();
  for (const file of documents) {
    for (const { info, text } of blocks(file, /^yaml lab([=+])([a-z0-9]+)$/)) {
      const [, how, lab] = info as unknown as [string, string, string];
      const whole = how === '=' ? text : merged(texts.get(lab) ?? '', text);
      if (how === '=') {
        texts.set(lab, text);
      }
      expect(() => parseLab(lab, whole)).not.toThrow(LabFileError);
    }
  }
  expect([...texts.keys()]).toContain('east');
});

/** A lab file with the keys of another text added or replaced. */
function merged(base: string, changes: string): string {
  const document = parseDocument(base);
  const put = (at: string[], value: unknown): void => {
    const existing = document.getIn(at);
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !isMap(existing)) {
      document.setIn(at, value);
      return;
    }
    Object.entries(value).forEach(([key, inner]) => put([...at, key], inner));
  };
  put([], parseDocument(changes).toJS());
  return document.toString();
}

test('README.md shows lines that ./dcn timeline prints of the recorded run', () => {
  const shown = blocks('README.md', /^timeline$/).flatMap(({ text }) => text.split('\n'));
  expect(shown.length).toBeGreaterThan(5);
  const printed = timelineText(readRecord(read('docs/timeline.jsonl')), 110).split('\n');
  expect(shown.filter((line) => !printed.includes(line))).toEqual([]);
});

test('docs/README.md names every document', () => {
  const index = read('docs/README.md');
  const missing = documents.filter((file) => !index.includes(`](${path.relative('docs', file)})`));
  expect(missing).toEqual(['docs/README.md']);
});

test('troubleshooting.md quotes messages as the sources have them', () => {
  const files = ['cli', 'components', 'kit', 'lib', 'model', 'sandbox', 'stacks', 'toolchain', 'tools']
    .flatMap(sources)
    .concat('dcn');
  const texts = files.map((file) => printed(read(file)));
  const messages = blocks('docs/troubleshooting.md', /^message$/).flatMap(({ text }) =>
    text.trim().split('\n'),
  );
  expect(messages.length).toBeGreaterThan(60);
  expect(messages.filter((message) => !texts.some((text) => says(text, message)))).toEqual([]);
});

/** Whether a text has the fixed pieces of a message in order, with at most the length of an expression between them. */
function says(text: string, message: string): boolean {
  const [first = '', ...others] = message.split('<…>').filter(Boolean);
  for (let start = text.indexOf(first); start >= 0; start = text.indexOf(first, start + 1)) {
    let end = start + first.length;
    const hasAll = others.every((piece) => {
      const next = text.indexOf(piece, end);
      const near = next >= 0 && next - end <= longestExpression;
      end = next + piece.length;
      return near;
    });
    if (hasAll) {
      return true;
    }
  }
  return false;
}
