import { readAnswer } from '../../kit/answers';
import { type KitVerb, verbs } from '../../kit/verbs';

/** Every verb of the contract that answers with JSON; the arguments are examples. */
const answering: KitVerb<unknown, unknown>[] = [
  verbs.job.run,
  verbs.job.undo,
  verbs.job.list,
  ...Object.values(verbs.nodes),
  verbs.site.check,
  verbs.site.drainNodes('site', 'stack', undefined, ['node']),
  verbs.site.checkDrain(verbs.site.drainNodes('site', 'stack', undefined, ['node'])),
  verbs.site.restore('site'),
  verbs.site.close('site'),
  verbs.install,
  verbs.check,
  verbs.audit([]),
  verbs.survey([]),
  verbs.status.json,
  verbs.stores.announce('site'),
  verbs.stores.expect(3),
  verbs.stores.record,
  verbs.stores.register,
  verbs.stores.withdraw,
  verbs.stores.lost('site'),
  verbs.stores.forget('site'),
  ...Object.values(verbs.caches),
  verbs.images.restore,
  verbs.images.checkRemoval,
  verbs.images.removeAll,
  verbs.images.list(),
  verbs.images.verify(['image']).json,
  verbs.images.clone('image', ['store']),
  verbs.images.download('image', ['site']),
  ...Object.values(verbs.servers),
  verbs.adoption.begin,
  verbs.adoption.end,
  verbs.adoption.forget,
  verbs.adoption.checkForget,
];

/** The words of a verb without its arguments. */
const withoutArguments = (words: readonly string[]): string =>
  [...words.slice(0, 2), ...['--json', '--check'].filter((option) => words.includes(option))].join(' ');

/** How an answer of the kit breaks the contract; undefined: it does not, or TypeScript does not call the verb. */
export function contractFault(words: string[], stdout: string): string | undefined {
  const called = withoutArguments(words);
  if (called === withoutArguments(verbs.images.ensure('image').words)) {
    const { images } = JSON.parse(stdout) as { images: object };
    return Object.keys(images)
      .map((name) => readAnswer(stdout, verbs.images.ensure(name).answer).fault)
      .find(Boolean);
  }
  const verb = answering.find((candidate) => withoutArguments(candidate.words) === called);
  return verb && readAnswer(stdout, verb.answer).fault;
}
