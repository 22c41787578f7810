import execa from 'execa';
import { candidates } from '../../cli/commands/completion';
import { createProgram } from '../../cli/program';
import { projectRoot } from '../../lib/paths';

const found = (...words: string[]): string[] =>
  candidates(createProgram(), words, (kind, lab) => [`${kind}-of-${lab}`]);

describe('candidates', () => {
  test('of the first word are all verbs that help shows', () => {
    expect(found('')).toEqual([...createProgram().commands.map((verb) => verb.name()), 'help']);
    expect(found('sta')).toEqual(['status']);
  });

  test.each<[string, string[], string[]]>([
    ['verbs of a verb', ['sandbox', ''], ['up', 'down', 'status', 'wan', 'pack', 'node', 'help']],
    ['options', ['up', '--p'], ['--parallel', '--prove']],
    [
      'short options have no candidates of their own',
      ['log', '-'],
      ['--follow', '--json', '--lab', '--help'],
    ],
    ['sites as arguments', ['destroy', 'dcn0', ''], ['sites-of-dev']],
    ['values of an option', ['boot', 'x', '--at', ''], ['site-of-dev']],
    ['an option after its value', ['boot', 'x', '--at', 'dcn0', ''], []],
    ['values of an option that takes several', ['images', 'copy', 'a', '--to', 'b', ''], ['sites-of-dev']],
    ['labs', ['--lab', ''], ['labs-of-dev']],
    ['labs after the verb', ['up', '--lab', 'l'], ['labs-of-dev']],
    ['names of the chosen lab', ['--lab', 'mine', 'ssh', 'n'], ['node-of-mine']],
    ['names of a lab that is chosen after the verb', ['log', '--lab=mine', ''], ['job-of-mine']],
    ['names of a lab in the words of bash', ['log', '--lab', '=', 'mine', ''], ['job-of-mine']],
    ['labs in the words of bash', ['log', '--lab', '='], ['labs-of-dev']],
    ['images', ['images', 'copy', 'i'], ['images-of-dev']],
    ['nothing after the last argument', ['boot', 'vm', ''], []],
    ['words of a command on a node', ['ssh', 'undercloud', 'x', ''], ['command-of-dev']],
  ])('%s', (_, words, expected) => {
    expect(found(...words)).toEqual(expected);
  });
});

describe('the script', () => {
  /** Words that bash completes to. @param words `dcn` and its words, the last one incomplete */
  async function bash(...words: string[]): Promise<string[]> {
    const script = [
      'set -u; eval "$(./dcn completion bash)"',
      'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))',
      '_dcn dcn "${COMP_WORDS[COMP_CWORD]}" ""; printf "%s\\n" "${COMPREPLY[@]}"; complete -p dcn',
    ].join('\n');
    const { stdout, stderr } = await execa('bash', ['-c', script, 'bash', ...words], { cwd: projectRoot });
    expect(stderr).toBe('');
    const lines = stdout.split('\n');
    expect(lines.pop()).toBe('complete -o default -F _dcn dcn');
    return lines;
  }

  test('for bash completes names of the lab file', async () => {
    expect(await bash('dcn', 'log', 'dcn0/ov')).toEqual(['dcn0/overcloud-stack', 'dcn0/overcloud-config']);
    expect(await bash('dcn', '--lab', '')).toContain('dev');
    expect(await bash('dcn', '--lab', '=', 'dev', 'preview', 'dev-i')).toEqual(['dev-images']);
    expect(await bash('dcn', 'ssh', 'u')).toEqual(['undercloud']);
  });

  test('is silent for a lab file that does not exist', async () => {
    expect(await bash('dcn', '--lab', 'nowhere', 'destroy', '')).toEqual(['']);
  });

  test('for zsh calls the same verb', async () => {
    const { stdout } = await execa('./dcn', ['completion', 'zsh'], { cwd: projectRoot });
    expect(stdout).toMatch(/dcn completion words -- "\$\{\(@\)words\[2,CURRENT\]\}"/);
  });
});
