import { Listr, type ListrTask, PRESET_TIMER, PRESET_TIMESTAMP } from 'listr2';
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

const onTerminal = process.stdout.isTTY;
const plainHeartbeatSeconds = 30;

/**
 * Runs pieces of work and shows for each what runs, since when and what is left: in place on a terminal, otherwise as
 * plain lines with times, a heartbeat among them so that long silence never means that nothing happens.
 *
 * @throws the first error, after all work that was begun has ended.
 */
export async function showWork(works: Work[], options: { sideBySide: boolean }): Promise<void> {
  const errors: unknown[] = [];
  await new Listr(
    works.map((work) => entry(work, errors)),
    {
      concurrent: options.sideBySide,
      exitOnError: !options.sideBySide,
      renderer: 'default',
      rendererOptions: { timer: PRESET_TIMER, collapseErrors: false, showErrorMessage: false },
      fallbackRenderer: 'simple',
      fallbackRendererOptions: { timestamp: PRESET_TIMESTAMP, timer: PRESET_TIMER },
    },
  )
    .run()
    .catch(() => undefined);
  if (errors.length > 0) {
    throw errors[0];
  }
}

function entry(work: Work, errors: unknown[]): ListrTask {
  return {
    title: work.title,
    task: async (_context, task) => {
      const since = Date.now();
      let current: (() => string) | undefined;
      let ticks = 0;
      const show = (line: string): void => {
        task.output = onTerminal ? line : `${work.title}: ${line}`;
      };
      const timer = setInterval(() => {
        ticks += 1;
        if (current && (onTerminal || ticks % plainHeartbeatSeconds === 0)) {
          show(onTerminal ? current() : `${current()} · ${duration((Date.now() - since) / 1000)} so far`);
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
      }
    },
  };
}

/** The display names a failure; its whole text comes once, at the end. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
