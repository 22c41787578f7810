import execa from 'execa';
import { castText, readCast } from '../../tools/recording/cast';
import { record } from '../../tools/recording/record';
import { castSvg } from '../../tools/recording/svg';

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
