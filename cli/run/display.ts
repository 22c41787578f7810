import { Listr, type ListrTask, PRESET_TIMER, PRESET_TIMESTAMP } from 'listr2';
import type { Interrupts } from './interrupt';
import { duration } from './progress';

/** How a running piece of work tells the display about itself. */
export interface Reporter {
  /** Something happened that is worth a line of its own. */
  event(line: string): void;
  /** What runs now, asked for once a second; shown in place where there is a terminal. */
  follow(line: () => string): void;
}

/** One entry of the display. */
export interface Work {
  title: string;
  run: (reporter: Reporter) => Promise<void>;
}

/** How pieces of work are run and shown. */
export interface DisplayOptions {
  sideBySide: boolean;
  /** One line for all of them, asked for once a second; without a terminal it is printed when it changes. */
  foot?: () => string;
  /** Set where Ctrl-C is the work's own to handle; otherwise it ends the process. */
  interrupts?: Interrupts;
}

const onTerminal = process.stdout.isTTY;
const plainHeartbeatSeconds = 30;
const showCursor = '\x1b[?25h';

/**
 * Runs pieces of work and shows for each what runs, since when and what is left: in place on a terminal, otherwise as
 * plain lines with times, a heartbeat among them so that long silence never means that nothing happens.
 *
 * @throws the first error, after all work that was begun has ended.
 */
export async function showWork(works: Work[], options: DisplayOptions): Promise<void> {
  const errors: unknown[] = [];
  const ended = works.map((work) => deferred(work));
  const tasks = ended.map(({ work }) => entry(work, errors));
  const foot = options.foot && footEntry(options.foot, Promise.all(ended.map(({ end }) => end)));
  if (onTerminal) {
    options.interrupts?.kill.addEventListener('abort', () => process.stdout.write(showCursor));
  }
  await new Listr(foot ? [...tasks, foot] : tasks, {
    concurrent: options.sideBySide,
    exitOnError: !options.sideBySide,
    registerSignalListeners: !options.interrupts,
    renderer: 'default',
    rendererOptions: { timer: PRESET_TIMER, collapseErrors: false, showErrorMessage: false },
    fallbackRenderer: 'simple',
    fallbackRendererOptions: { timestamp: PRESET_TIMESTAMP, timer: PRESET_TIMER },
  })
    .run()
    .catch(() => undefined);
  if (errors.length > 0) {
    throw errors[0];
  }
}

/** The same work, and a promise that is kept when it has ended, well or not. */
function deferred(work: Work): { work: Work; end: Promise<void> } {
  let tell: () => void;
  const end = new Promise<void>((resolve) => (tell = resolve));
  return { work: { ...work, run: (reporter) => work.run(reporter).finally(tell) }, end };
}

function entry(work: Work, errors: unknown[]): ListrTask {
  return {
    title: work.title,
    task: async (_context, task) => {
      const since = Date.now();
      let current: (() => string) | undefined;
      let ticks = 0;
      const soFar = (): string => duration((Date.now() - since) / 1000);
      const show = (line: string): void => {
        task.output = onTerminal ? line : `${work.title}: ${line}`;
      };
      const timer = setInterval(() => {
        ticks += 1;
        if (onTerminal) {
          task.title = `${work.title} · ${soFar()}`;
        }
        if (current && (onTerminal || ticks % plainHeartbeatSeconds === 0)) {
          show(onTerminal ? current() : `${current()} · ${soFar()} so far`);
        }
      }, 1000);
      try {
        await work.run({
          event: (line) => {
            if (onTerminal) {
              current ??= () => line;
            }
            show(line);
          },
          follow: (line) => {
            current = line;
          },
        });
      } catch (error) {
        errors.push(error);
        throw new Error(firstLine(error));
      } finally {
        clearInterval(timer);
        if (onTerminal) {
          task.title = work.title;
        }
      }
    },
  };
}

/** An entry without a title, which is shown below all others until they have ended. */
function footEntry(foot: () => string, end: Promise<unknown>): ListrTask {
  return {
    task: async (_context, task) => {
      let shown = '';
      const timer = setInterval(() => {
        const line = foot();
        if (line !== shown) {
          shown = line;
          task.output = line;
        }
      }, 1000);
      await end;
      clearInterval(timer);
    },
  };
}

/** The display names a failure; its whole text comes once, at the end. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
