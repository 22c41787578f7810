import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { cloneTable } from '../../cli/proofs/clones';
import { stacksOf } from '../../cli/run/graph';
import { readRecord } from '../../cli/run/record';
import { projectRoot } from '../../lib/paths';
import { planLab } from '../../model';
import { castText, readCast } from '../../tools/recording/cast';
import { recordedTerminal } from '../../tools/recording/main';
import { record } from '../../tools/recording/record';
import { castSvg } from '../../tools/recording/svg';
import { devLab } from '../model/labs';

const options = { columns: 40, rows: 4, secondsBetweenScreens: 0.2 };
const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
afterAll(() => write.mockRestore());

test('a recording has the screens of a run as a terminal shows them', async () => {
  const cast = await record(
    "printf 'one\\ntwo & <b>'; sleep 1; printf '\\r\\x1b[2K\\x1b[32mdone\\x1b[0m in 2 s'",
    options,
  );
  expect(cast.screens[0]?.lines[0]).toMatch(/^\$ printf/);
  const texts = cast.screens.map(({ lines }) => lines.join('\n'));
  expect(texts.some((screen) => screen.includes('two & <b>'))).toBe(true);
  expect(cast.screens.at(-1)?.lines.slice(2)).toEqual(['one', '\x1b[0;32mdone\x1b[0m in 2 s']);
  expect(readCast(castText(cast))).toEqual(cast);

  const svg = castSvg(cast, 'a run');
  const program =
    'import sys, xml.etree.ElementTree as tree; print("|".join("".join(e.itertext()) for e in ' +
    'tree.fromstring(sys.stdin.read()).iter("{http://www.w3.org/2000/svg}text")))';
  const { stdout } = await execa('python3', ['-c', program], { input: svg });
  expect(stdout.split('|')).toEqual(expect.arrayContaining(['one', 'two & <b>', 'done in 2 s']));
  expect(svg.match(/>one</g)).toHaveLength(1);
  const width = 40 * 8 + 2 * 14;
  expect(svg).toContain(`.strip{transform:translateX(${-(cast.screens.length - 1) * width}px);animation:run`);
});

test('a run that fails is not recorded', async () => {
  await expect(record('echo begun; exit 3', options)).rejects.toThrow(
    'echo begun; exit 3 ended with exit code 3',
  );
});

test('the recording in docs shows the shipped lab as this version prints it, else run npm run recording', () => {
  const docs = (file: string): string => fs.readFileSync(path.join(projectRoot, 'docs', file), 'utf8');
  const cast = readCast(docs('up.cast'));
  const run = readRecord(docs('timeline.jsonl'));
  expect([cast.columns, cast.rows]).toEqual([recordedTerminal.columns, recordedTerminal.rows]);
  expect(Math.abs(cast.startedAt - run.begin / 1000)).toBeLessThan(120);
  const shown = cast.screens.flatMap(({ lines }) => lines).join('\n');
  const [stacks, parts] = [
    stacksOf(planLab(devLab)).map(({ name }) => name),
    run.parts.map(({ name }) => name),
  ];
  expect(
    stacks.filter((stack) => !parts.includes(stack) || !shown.includes(`done         ${stack} `)),
  ).toEqual([]);
  const [, head = ''] = cloneTable([]).split('\n');
  expect(shown).toMatch(new RegExp(head.replaceAll(/ +│/g, ' +│')));
  expect(cast.screens.at(-1)?.lines.join('\n')).toMatch(/\d+ commands ran in \d/);
});
