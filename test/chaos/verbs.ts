import { LabUnderTest, small } from '../sandbox/labUnderTest';

/** The lab of the chaos test: one Controller, two edge sites of one node each. Verbs change parameters in its lab file. */
export class ChaosLab extends LabUnderTest {
  private readonly workers = new Map<string, number>();

  writeFile(): void {
    this.write((text) =>
      [...this.workers].reduce((file, [site, count]) => withWorkers(file, site, count), small(text)),
    );
  }

  /** Gives a site's GlanceWorkers another number. */
  changeWorkers(site: string): void {
    this.workers.set(site, 3 - (this.workers.get(site) ?? 1));
    this.writeFile();
  }
}

/** @param file with the site as a block (`site:`) or in one line (`site: {`) */
function withWorkers(file: string, site: string, count: number): string {
  const parameters = `parameters: { GlanceWorkers: ${count} }`;
  return file
    .replace(`    ${site}:\n`, `$&      ${parameters}\n`)
    .replace(`    ${site}: {`, `$& ${parameters},`);
}

/** A verb of `./dcn` that a fault strikes. */
export interface Verb<Lab extends LabUnderTest> {
  words: string[];
  /** What the verb runs: Pulumi, and jobs of the kit. */
  runs: readonly ('pulumi' | 'jobs')[];
  /** What comes before the verb, undisturbed. */
  prepare?: (lab: Lab) => Promise<unknown> | void;
  /** The verbs by which a person goes on after the fault. */
  recovery: string[][];
  /** The stores that have the image that the verb copies or removes, at the end. */
  stores: string[];
  /** Brings the image back to all stores. */
  restore?: (lab: Lab) => Promise<unknown>;
}

/** The image that verbs copy and remove. */
export const image = 'plain-256';
const everywhere = ['central', 'dcn0', 'dcn1'];
const up: Verb<LabUnderTest> = {
  words: ['up'],
  runs: ['pulumi', 'jobs'],
  recovery: [['up']],
  stores: everywhere,
};
const copy = ['images', 'copy', image, '--to', 'dcn1'];
const remove = ['images', 'remove', image, '--from', 'dcn0'];

/** Verbs that leave the lab file as it is. */
export const plainVerbs: Record<string, Verb<LabUnderTest>> = {
  'up, a proof': { ...up, words: ['up', '--prove'], runs: ['pulumi'] },
  'images copy': {
    prepare: (lab) => lab.dcn('images', 'remove', image, '--from', 'dcn1'),
    words: copy,
    runs: [],
    recovery: [copy, ['up']],
    stores: everywhere,
  },
  'images remove': {
    words: remove,
    runs: [],
    recovery: [remove, ['up']],
    stores: ['central', 'dcn1'],
    restore: (lab) => lab.dcn('images', 'copy', image, '--to', 'dcn0'),
  },
  'up, a site': { ...up, prepare: (lab) => lab.dcn('destroy', 'dcn1', '--yes') },
  'destroy a site': { ...up, words: ['destroy', 'dcn1', '--yes'] },
};

export const verbs: Record<string, Verb<ChaosLab>> = {
  ...plainVerbs,
  'up, a parameter of a site': { ...up, prepare: (lab) => lab.changeWorkers('dcn1') },
  'up, a parameter of the control plane': { ...up, prepare: (lab) => lab.changeWorkers('control-plane') },
};
