import { parse } from 'yaml';
import type { Host, RegisteredStore, SiteHosts } from '../../kit/answers';
import { type KitVerb, verbs } from '../../kit/verbs';

/* What the commands of a program print where all of them succeed: the kit's verbs, and commands on this machine. */

export const sha256 = 'ab'.repeat(32);
export const fsid = '2f6f1f1e-3c1a-4b0e-9a52-6f0d3f1f6a11';
export const hostKey = 'ssh-ed25519 AAAAhost';

/** The private half of a host key that a command makes. */
export const privateHostKey =
  '-----BEGIN OPENSSH PRIVATE KEY-----\nof one host alone\n-----END OPENSSH PRIVATE KEY-----\n';

/** A command of the kit that a resource runs. */
interface KitCall {
  /** Name of the resource. */
  name: string;
  /** Command text. */
  create: string;
  stdin: string;
}

/** The answer that the fake kit gives to a verb, in the shape of the contract. */
interface KitAnswer {
  verb: string;
  answer: (call: KitCall) => unknown;
}

function kitAnswer<Answer>(
  { words }: KitVerb<unknown, Answer>,
  answer: (call: KitCall) => NoInfer<Answer>,
): KitAnswer {
  return { verb: verbText(words), answer };
}

/** A verb of the kit without its arguments. */
function verbText(words: readonly string[]): string {
  return words.slice(0, 2).join(' ');
}

/** The text of a key in a YAML document. */
const keyOf = (document: string, key: string): string | undefined =>
  new RegExp(`^${key}: (.*)$`, 'm').exec(document)?.[1];

/** The hosts that the command text adds to the document. */
function learnedHosts({ create }: KitCall): Record<string, { instanceId: string; hostKey: string }> {
  const [, hosts] = /hosts: (\{.*\})'/.exec(create) ?? [];
  return JSON.parse(String(hosts)) as Record<string, { instanceId: string; hostKey: string }>;
}

/** Hosts with the same host keys, and with the instance ids that `identify` gives. */
function hostsWith<Known extends { hostKey: string }>(
  hosts: Record<string, Known>,
  identify: (known: Known) => string,
): SiteHosts {
  const found = Object.entries(hosts).map(
    ([node, known]) => [node, { instanceId: identify(known), hostKey: known.hostKey }] as const,
  );
  return { hosts: Object.fromEntries(found) };
}

function registeredStore({ stdin }: KitCall): RegisteredStore {
  return { store: keyOf(stdin, 'store') as string, cluster: 'central', fsid };
}

const kitAnswers = [
  kitAnswer(verbs.install, () => ({ kit: 'digest' })),
  kitAnswer(verbs.check, () => ({ publicKey: 'ssh-rsa AAAAuc stack@undercloud' })),
  kitAnswer(verbs.job.run, ({ stdin }) => {
    const results = /^results:\n((?: {2}- .*\n)*)/m.exec(stdin)?.[1] ?? '';
    const digests = [...results.matchAll(/- (.*)/g)].map(([, file]) => [file, sha256] as const);
    return { digests: Object.fromEntries(digests) };
  }),
  kitAnswer(verbs.nodes.wait, (call) => hostsWith(learnedHosts(call), ({ instanceId }) => instanceId)),
  // A host that was installed anew has another key and another machine-id.
  kitAnswer(verbs.nodes.check, ({ stdin }) =>
    hostsWith(
      (parse(stdin) as { hosts: Record<string, { hostKey: string }> }).hosts,
      ({ hostKey: key }) => `id-of-${key}`,
    ),
  ),
  kitAnswer(verbs.nodes.prepare, (call) =>
    hostsWith(learnedHosts(call), ({ instanceId }) => `machine-of-${instanceId}`),
  ),
  kitAnswer(verbs.site.drainNodes('SITE', 'STACK', undefined, ['NODE']), () => ({ drained: ['NODE'] })),
  kitAnswer(verbs.site.check, ({ stdin }) => ({ site: keyOf(stdin, 'site') as string })),
  kitAnswer(verbs.site.restore('SITE'), ({ name }) => ({ site: name })),
  kitAnswer(verbs.stores.announce('SITE'), ({ name }) => ({ site: name })),
  kitAnswer(verbs.stores.record, registeredStore),
  kitAnswer(verbs.stores.register, registeredStore),
  kitAnswer(verbs.caches.keep, ({ name }) => ({ nodes: [`node-for-${name}`], limitBytes: 1 })),
  kitAnswer(verbs.images.restore, () => ({ restored: [] })),
  kitAnswer(verbs.images.ensure('NAME'), ({ name }) => ({ images: { [name]: { id: fsid } } })),
];

/** The output of a command that succeeds. */
export function printedBy(type: string, name: string, inputs: Record<string, unknown>): string {
  if (name.endsWith('-hostkey')) {
    return `${privateHostKey}ssh-ed25519 AAAA${name} ${name}\n`;
  }
  if (type === 'command:local:Command') {
    return JSON.stringify({ instanceId: `id-of-${name}`, hostKey } satisfies Host);
  }
  if (type !== 'command:remote:Command') {
    return '';
  }
  const call = { name, create: String(inputs.create), stdin: String(inputs.stdin) };
  const [, words = ''] = /\/kit(?:s\/\w+)? (.*)$/.exec(call.create) ?? [];
  const found = kitAnswers.find(({ verb }) => verb === verbText(words.split(' ')));
  if (!found) {
    throw new Error(`${name}: the fake kit has no answer to: ${call.create}`);
  }
  return JSON.stringify(found.answer(call));
}
