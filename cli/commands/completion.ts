import * as path from 'node:path';
import type { Command, Option } from 'commander';
import { projectRoot } from '../../lib/paths';
import { quote } from '../../lib/quote';
import { UserError } from '../../lib/userError';
import { type LabContext, labsInProject, openLab } from '../context';
import { defaultLab } from '../defaultLab';
import { stacksOf } from '../run/graph';

/**
 * `dcn completion bash|zsh`: prints a script for `eval`. At each press of the tabulator it calls the hidden verb `dcn
 * completion words -- WORD…`, so that verbs and options are always those of the program.
 */
export function printScript(shell: 'bash' | 'zsh'): void {
  const words = `${quote(path.join(projectRoot, 'dcn'))} completion words --`;
  process.stdout.write(shell === 'bash' ? bashScript(words) : zshScript(words));
}

// Without a candidate, `-o default` completes names of files.
const bashScript = (words: string): string => `_dcn() {
  mapfile -t COMPREPLY < <(${words} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _dcn dcn
`;

const zshScript = (words: string): string => `_dcn() {
  local -a found
  found=("\${(@f)$(${words} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then
    compadd -a found
  else
    _files
  fi
}
compdef _dcn dcn
`;

/** Prints the candidates for the last word, one a line. */
export function printCandidates(program: Command, words: string[]): void {
  process.stdout.write(
    candidates(program, words, namesOfLab)
      .map((name) => `${name}\n`)
      .join(''),
  );
}

/** The names of a kind: `images` of lab `dev`. Kinds are the names of arguments of verbs. */
type NamesOf = (kind: string, lab: string) => string[];

/**
 * The candidates for the last word of a command line.
 *
 * @param words words after `dcn`; the last one is incomplete, or empty
 */
export function candidates(program: Command, words: string[], namesOf: NamesOf): string[] {
  let command = program;
  let lab = defaultLab;
  let operands = 0;
  let option: Option | undefined;
  // bash has `--lab=mine` as three words.
  const complete = words.slice(0, -1).filter((word) => word !== '=');
  for (const word of complete) {
    const verb = command.commands.find((candidate) => candidate.name() === word);
    if (word.startsWith('-')) {
      const [flag, value] = word.split('=');
      option = command.options.find((known) => known.long === flag || known.short === flag);
      if (option?.long === '--lab' && value) {
        lab = value;
      }
      option = option && takesValue(option) && value === undefined ? option : undefined;
    } else if (option) {
      lab = option.long === '--lab' ? word : lab;
      option = option.variadic ? option : undefined;
    } else if (verb && operands === 0) {
      command = verb;
    } else {
      operands += 1;
    }
  }
  const last = words.at(-1) ?? '';
  return possible().filter((name) => last === '=' || name.startsWith(last));

  function possible(): string[] {
    if (option && !last.startsWith('-')) {
      return namesOf(option.long === '--lab' ? 'labs' : placeholder(option), lab);
    }
    if (last.startsWith('-')) {
      return [...command.options.map(({ long }) => long ?? ''), '--help'].filter(Boolean);
    }
    const known = command.registeredArguments;
    const argument = known[operands] ?? (known.at(-1)?.variadic ? known.at(-1) : undefined);
    const help = command.createHelp();
    const verbs = operands === 0 ? help.visibleCommands(command).map((verb) => verb.name()) : [];
    return [...verbs, ...(argument ? namesOf(argument.name(), lab) : [])];
  }
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

/** `sites` of `--to <sites...>`. */
function placeholder({ flags }: Option): string {
  return /[<[](\w+)/.exec(flags)?.[1] ?? '';
}

/** Names by the name of an argument or of an option's value. */
const kinds: Record<string, (context: LabContext) => string[]> = {
  images: ({ plan }) => plan.images.map(({ name }) => name),
  jobs: ({ plan }) => plan.sites.flatMap(({ name, steps }) => steps.map((step) => `${name}/${step.name}`)),
  nodes: ({ plan }) => ['undercloud', ...plan.sites.flatMap(({ nodes }) => nodes.map(({ name }) => name))],
  sites: ({ plan }) => plan.sites.map(({ name }) => name),
  stacks: ({ plan }) => stacksOf(plan).map(({ name }) => name),
};

/** Without a valid lab file there are no names: a message would be in the way at the prompt. */
function namesOfLab(kind: string, lab: string): string[] {
  const plural = kind.replace(/s?$/, 's');
  if (plural === 'labs' || plural === 'files') {
    return labsInProject();
  }
  try {
    return kinds[plural]?.(openLab(lab)) ?? [];
  } catch (error) {
    if (error instanceof UserError) {
      return [];
    }
    throw error;
  }
}
