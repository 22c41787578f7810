import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LabStatus, ListedImage } from '../../kit/answers';
import { verbs } from '../../kit/verbs';
import type { Cell } from '../../lib/table';
import { UserError } from '../../lib/userError';
import { kitName } from '../../stacks/kit';
import { type LabContext, dcnCommand, openLab, toStderr } from '../context';
import { absentRows, imageCells, imageRow, tableRow } from '../imageRows';
import { glancePlacement, wantedPlacement } from '../pictures/placement';
import { timelineSvg } from '../pictures/timeline/svg';
import { timelineTitle } from '../pictures/timeline/rows';
import { topologySvg } from '../pictures/topology/svg';
import { topologyTitle } from '../pictures/topology/text';
import { type Content, page } from '../report/page';
import { duration } from '../run/duration';
import { lastRun } from '../run/record';
import { mayHaveStacks } from '../run/state';
import { withKit } from '../undercloud';
import { versionText } from '../version';

/** An answer of the kit, or why there is none. */
type Answer<T> = { answer: T } | { because: string };

/** What the undercloud and Glance say. */
interface Answers {
  status: Answer<LabStatus>;
  images: Answer<ListedImage[]>;
}

/** `dcn report FILE`: writes one HTML page about the lab. @throws UserError if the file cannot be written */
export async function report(option: string, file: string): Promise<void> {
  const context = openLab(option);
  const answers = await ask(context);
  const now = new Date().toISOString();
  const text = page(`Lab ${context.name}`, [
    { heading: 'Topology', content: topology(context, answers) },
    { heading: 'Images', content: imageTables(context, answers) },
    { heading: 'Last audit', content: audit(context, answers) },
    { heading: 'Jobs', content: jobs(answers) },
    { heading: 'Last run', content: timeline(context) },
    {
      heading: 'Versions',
      content: sentence(`${versionText}, kit ${kitName()} of this checkout. Page of ${now}.`),
    },
  ]);
  try {
    fs.writeFileSync(file, text);
  } catch (error) {
    throw new UserError(`report ${file}: ${(error as Error).message}. Name a file in a folder that exists.`);
  }
  process.stdout.write(`${path.resolve(file)}\n`);
}

async function ask(context: LabContext): Promise<Answers> {
  const asked = async <T>(work: () => Promise<T>): Promise<Answer<T>> => {
    try {
      return { answer: await work() };
    } catch (error) {
      if (!(error instanceof UserError)) {
        throw error;
      }
      toStderr(error.message);
      return { because: error.message };
    }
  };
  const both = await asked(() =>
    withKit(context, async (kit) => ({
      status: await asked(() => kit.ask(verbs.status.json)),
      images: await asked(() => kit.ask(verbs.images.list(), { onLine: toStderr })),
    })),
  );
  return 'answer' in both ? both.answer : { status: both, images: both };
}

function topology({ name, plan }: LabContext, { images }: Answers): Content {
  const because = mayHaveStacks(name) ? 'Glance does not answer' : 'the lab is not up';
  const placement =
    'answer' in images ? glancePlacement(plan, images.answer) : wantedPlacement(plan, because);
  return { kind: 'picture', svg: topologySvg(plan, placement), alt: `Topology of ${topologyTitle(plan)}` };
}

function imageTables({ plan }: LabContext, { images }: Answers): Content {
  if ('because' in images) {
    return sentence(images.because);
  }
  const present = new Set(images.answer.filter(({ version }) => !version).map(({ name }) => name));
  const rows = [...images.answer.map((image) => imageRow(plan, image)), ...absentRows(plan, present)];
  const { head, cells } = imageCells(rows.map((row) => tableRow(plan, row)));
  return tableOf(head, cells, 'Glance has no images.');
}

function audit(context: LabContext, { status }: Answers): Content {
  if ('because' in status) {
    return sentence(status.because);
  }
  const last = status.answer.audit;
  return sentence(
    last
      ? `${last.at}; errors: ${last.errors}, warnings: ${last.warnings}. ${dcnCommand(context)} audit lists them anew.`
      : `There was none: run ${dcnCommand(context)} audit.`,
  );
}

function jobs({ status }: Answers): Content {
  if ('because' in status) {
    return sentence(status.because);
  }
  const rows = status.answer.jobs.map(({ job, state, run, seconds, reason }) => [
    ...[job, state, String(run), duration(seconds), reason ?? ''],
  ]);
  return tableOf(['job', 'state', 'run', 'took', 'reason'], rows, 'No job has run.');
}

/** The picture of the last run on record on this machine. */
function timeline(context: LabContext): Content {
  try {
    const run = lastRun(context.name, dcnCommand(context));
    return { kind: 'picture', svg: timelineSvg(run), alt: timelineTitle(run) };
  } catch (error) {
    if (error instanceof UserError) {
      return sentence(error.message);
    }
    throw error;
  }
}

const sentence = (text: string): Content => ({ kind: 'sentence', text });

/** A table; without rows a sentence. */
function tableOf(head: string[], rows: Cell[][], otherwise: string): Content {
  const texts = rows.map((row) => row.map((cell) => (Array.isArray(cell) ? cell.join(', ') : String(cell))));
  return rows.length > 0 ? { kind: 'table', head, rows: texts } : sentence(otherwise);
}
