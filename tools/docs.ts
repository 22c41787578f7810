import * as fs from 'node:fs';
import * as path from 'node:path';
import { wantedPlacement } from '../cli/pictures/placement';
import { timelineSvg } from '../cli/pictures/timeline/svg';
import { timelineText } from '../cli/pictures/timeline/text';
import { topologySvg } from '../cli/pictures/topology/svg';
import { readRecord, type RunRecord } from '../cli/run/record';
import { labFileJsonSchema, parseLab, planLab } from '../model';
import { projectRoot } from '../lib/paths';
import plays from '../sandbox/undercloud/files/opt/dcn/dcn_common/plays.json';
import arrows from './arrows.json';
import { labFileReference } from './labFileReference';
import { readCast } from './recording/cast';
import { castSvg } from './recording/svg';
import { roomsSvg } from './roomsPicture';

/**
 * Texts of the generated files, by their paths in the project. A test compares them with the tracked files; `npm run docs`
 * writes them.
 */
export function generatedFiles(): Record<string, string> {
  const read = (file: string): string => fs.readFileSync(path.join(projectRoot, file), 'utf8');
  const shipped = planLab(parseLab('dev', read('Pulumi.dev.yaml')));
  const run = readRecord(read('docs/timeline.jsonl'));
  return {
    'schema/lab.schema.json': `${JSON.stringify(labFileJsonSchema(), null, 2)}\n`,
    'docs/lab-file.md': labFileReference(),
    'docs/architecture.md': withArrows(read('docs/architecture.md')),
    'sandbox/undercloud/README.md': withPlays(read('sandbox/undercloud/README.md')),
    'docs/rooms.svg': roomsSvg(),
    'docs/topology.svg': topologySvg(shipped, wantedPlacement(shipped)),
    'docs/timeline.svg': timelineSvg(run),
    'docs/up.svg': castSvg(readCast(read('docs/up.cast')), './dcn up of the lab of Pulumi.dev.yaml'),
    'README.md': withTimeline(read('README.md'), run),
  };
}

/** A page whose block `timeline` has the lines of a run for its stacks. */
function withTimeline(page: string, run: RunRecord): string {
  const isOfStep = (line: string): boolean => line.startsWith('  ');
  const lines = timelineText(run, 110)
    .split('\n')
    .slice(0, -2)
    .filter((line) => !isOfStep(line));
  return page.replace(/^```timeline\n[^`]*```$/m, ['```timeline', ...lines, '```'].join('\n'));
}

/** A page, with the tables of arrows.json between its two marking comments. */
function withArrows(page: string): string {
  const code = (names: string[]): string => names.map((name) => `\`${name}\``).join(', ');
  const folder = (name: string): string => (name.includes('.') ? name : `${name}/`);
  const imports = ({ room, imports: names, why }: (typeof arrows.rooms)[number]): string[] => {
    const all = names.includes('*') ? 'every room' : code(names.map(folder));
    return [code([folder(room)]), all || 'none', why];
  };
  const rooms = markdownTable([['room', 'imports from', 'because'], ...arrows.rooms.map(imports)]);
  const packages = markdownTable([
    ['package', 'imported by'],
    ...arrows.packages.map(({ name, importers }) => [code([name]), code(importers.map(folder))]),
  ]);
  return between(page, 'arrows', 'tools/arrows.json', `${rooms}\n\n${packages}`);
}

/** A page, with the table of plays.json between its two marking comments. */
function withPlays(page: string): string {
  const runs = (stopped: string | undefined): string => stopped ?? 'runs with `tripleo: full`';
  const rows = (plays as { play: string; stopped?: string }[]).map(({ play, stopped }) => [
    play,
    runs(stopped),
  ]);
  const table = markdownTable([['play', 'in the sandbox: runs, or what stops it'], ...rows]);
  return between(page, 'plays', 'files/opt/dcn/dcn_common/plays.json', table);
}

/** A page with a generated text between the two comments that mark its place. */
function between(page: string, name: string, source: string, text: string): string {
  const [start, end] = [`<!-- ${name}: written by \`npm run docs\` from ${source} -->`, `<!-- /${name} -->`];
  const [before, after] = [page.split(start)[0], page.split(end)[1]];
  if (after === undefined) {
    throw new Error(`no page has a place for the text of ${source}: write ${start} and ${end}`);
  }
  return [before, start, '\n\n', text, '\n\n', end, after].join('');
}

/** A table as prettier aligns it; the first row is its head. */
function markdownTable(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  lines.splice(
    1,
    0,
    widths.map((width) => '-'.repeat(width)),
  );
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

if (require.main === module) {
  for (const [file, text] of Object.entries(generatedFiles())) {
    const target = path.join(projectRoot, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  }
}
