import { labOfFile } from '../../model';
import { UserError } from '../../lib/userError';
import type { Ask } from '../terminal';
import type { InitAnswers, InitImage, InitSite } from './answers';
import { rangeFault } from './ranges';
import { faultOf } from './trial';

/*
 * The questions of `dcn init`. Each has a default, which an empty answer takes; a wrong answer, and one that makes no valid lab with the
 * answers before, is said, and the question asked again.
 */

/** Asks for the lab's name. @throws UserError if the user ends the questions */
export async function askName(ask: Ask): Promise<string> {
  return answerOf(ask, 'Name of the lab', undefined, (text): Checked<string> =>
    labOfFile(`Pulumi.${text}.yaml`) === text
      ? { value: text }
      : { fault: `${text || 'no name'}: must be lower-case letters and digits, a letter first.` },
  );
}

/** Asks about a new lab. @throws UserError if the user ends the questions */
export async function askAnswers(ask: Ask): Promise<InitAnswers> {
  const provisioner = await choiceOf(ask, 'Where do the nodes come from?', {
    sandbox: 'hosts that are made on this machine, to try a lab out',
    existing: 'servers that are installed already',
    openstack: 'servers of an OpenStack cloud',
  });
  const topology = await choiceOf(ask, 'Where are the images?', {
    multistore: 'in a Ceph cluster at each site: servers start as copy-on-write clones',
    cache: 'in the Swift of the control plane, with caches at the sites: no Ceph is needed',
  });
  // On the sandbox each host takes memory of this machine.
  const usual = provisioner === 'sandbox' ? 1 : 3;
  const controllers = await answerOf(
    ask,
    'Controllers at the control plane, 1 or 3',
    String(usual),
    (text): Checked<number> =>
      text === '1' || text === '3'
        ? { value: Number(text) }
        : { fault: `${text}: must be 1, or 3, of which two are a majority.` },
  );
  const base: InitAnswers = {
    ...{ provisioner, topology, controllers, cephNodes: 0, sites: [] },
    image: { from: 'nowhere' },
  };
  const hasCeph = topology === 'multistore';
  const cephNodes = hasCeph
    ? await countOf(ask, 'Ceph hosts at the control plane', usual, (count) => ({ ...base, cephNodes: count }))
    : 0;
  const sites = await sitesOf(ask, usual, { ...base, cephNodes });
  const answers = { ...base, cephNodes, sites };
  const range = await answerOf(
    ask,
    'First address range; five more follow it, for one network each (empty: 10.0.0.0/14 and on)',
    '',
    (text): Checked<string> => {
      const fault = text === '' ? undefined : rangeFault(text);
      return fault === undefined ? inLab(text, text, ranged(text)) : { fault };
    },
  );
  return sites.length > 0 ? { ...ranged(range), image: await imageOf(ask, ranged(range)) } : ranged(range);

  function ranged(text: string): InitAnswers {
    return { ...answers, ...(text && { firstRange: text }) };
  }
}

/** @param base the answers before */
async function sitesOf(ask: Ask, usual: number, base: InitAnswers): Promise<InitSite[]> {
  const names = await answerOf(
    ask,
    'Edge sites, by names with spaces between them',
    'dcn0 dcn1',
    (text): Checked<string[]> => {
      const found = text.split(/[\s,]+/).filter(Boolean);
      const wrong = found.filter(
        (name, index) =>
          !/^[a-z][a-z0-9-]*$/.test(name) || reserved.includes(name) || found.indexOf(name) < index,
      );
      return wrong.length > 0
        ? {
            fault: `${wrong.join(', ')}: names of edge sites are lower-case letters, digits and dashes, a letter first, each once, and not ${reserved.join(', ')}.`,
          }
        : inLab(found, text, { ...base, sites: found.map((name) => ({ name, nodes: 1 })) });
    },
  );
  const sites: InitSite[] = [];
  for (const name of names) {
    const withNodes = (count: number): InitAnswers => ({
      ...base,
      sites: [...sites, { name, nodes: count }],
    });
    sites.push({ name, nodes: await countOf(ask, `Nodes of ${name}`, usual, withNodes) });
  }
  return sites;
}

/** Names of other kinds of sites, and of stacks that are no sites. */
const reserved = ['control-plane', 'central', 'external-ceph', 'images'];

/** @param base the answers before */
async function imageOf(ask: Ask, base: InitAnswers): Promise<InitImage> {
  const { provisioner } = base;
  const [usual, question] =
    provisioner === 'sandbox'
      ? ['guest', 'First image: an https URL, `guest` (a small one that the sandbox serves), or `none`']
      : ['none', 'First image: an https URL, or `none`'];
  return answerOf(ask, question, usual, (text): Checked<InitImage> => {
    if (text === 'none') {
      return { value: { from: 'nowhere' } };
    }
    if (text === 'guest' && provisioner === 'sandbox') {
      return { value: { from: 'sandbox' } };
    }
    const image: InitImage = { from: 'url', url: text };
    return /^https:\/\/[^\s']+$/.test(text)
      ? inLab(image, text, { ...base, image })
      : { fault: `${text}: must be an https URL, or one of the words.` };
  });
}

type Checked<T> = { value: T } | { fault: string };

/** An answer, if the answers with it make a valid lab. */
function inLab<T>(value: T, text: string, answers: InitAnswers): Checked<T> {
  const fault = faultOf(answers);
  return fault === undefined ? { value } : { fault: `${text}: ${fault}` };
}

async function choiceOf<Name extends string>(
  ask: Ask,
  question: string,
  choices: Record<Name, string>,
): Promise<Name> {
  const names = Object.keys(choices) as Name[];
  const lines = names.map((name, index) => `  ${index + 1}. ${name}: ${choices[name]}`);
  return answerOf(ask, [question, ...lines, 'Number or name'].join('\n'), names[0], (text): Checked<Name> => {
    const found = names.find((name, index) => text === name || text === String(index + 1));
    return found ? { value: found } : { fault: `${text}: must be one of ${names.join(', ')}.` };
  });
}

/** @param answersOf the answers with a count */
async function countOf(
  ask: Ask,
  question: string,
  usual: number,
  answersOf: (count: number) => InitAnswers,
): Promise<number> {
  return answerOf(ask, question, String(usual), (text): Checked<number> =>
    /^[1-9]\d?$/.test(text)
      ? inLab(Number(text), text, answersOf(Number(text)))
      : { fault: `${text}: must be a number from 1 to 99.` },
  );
}

async function answerOf<T>(
  ask: Ask,
  question: string,
  usual: string | undefined,
  check: (text: string) => Checked<T>,
): Promise<T> {
  let before = '';
  for (;;) {
    const answer = await ask(`${before}${question}${usual ? ` [${usual}]` : ''}: `);
    if (answer === undefined) {
      throw new UserError('Nothing was written: the questions were ended.');
    }
    const checked = check(answer || (usual ?? ''));
    if ('value' in checked) {
      return checked.value;
    }
    before = `${checked.fault}\n`;
  }
}
