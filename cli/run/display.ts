import { Listr, type ListrTask, type ListrTaskWrapper, PRESET_TIMER, PRESET_TIMESTAMP } from 'listr2';
import { duration } from './duration';
import type { Interrupts } from './interrupt';

/** Shows the progress of a running piece of work. */
export interface Reporter {
  /** Shows a line about an event. */
  event(line: string): void;
  /** Calls `line` once a second and shows its text: in place on a terminal, otherwise as a heartbeat. */
  follow(line: () => string): void;
}

/** One piece of work, and its title in the display. */
export interface Work {
  title: string;
  run: (reporter: Reporter) => Promise<void>;
}

export interface DisplayOptions {
  /** Gives one line about all entries. Called once a second; printed when the line changes. */
  foot?: () => string;
  /** Signals of work that handles Ctrl-C itself; absent: Ctrl-C ends the process. */
  interrupts?: Interrupts;
}

const onTerminal = process.stdout.isTTY;
const plainHeartbeatSeconds = 30;
/** With more entries than this, those that wait have no line, and at a terminal those that are done have none either. */
const mostShown = 40;
const showCursor = '\x1b[?25h';

/**
 * Runs pieces of work side by side and shows them in a display. With one piece of work its error is left to the caller, who
 * prints it next; with several, the display shows each error when it happens.
 *
 * @throws the first error, after all work has ended
 */
export async function showWork(works: Work[], options: DisplayOptions = {}): Promise<void> {
  const errors: unknown[] = [];
  const display = new Display(
    works.map(({ title }) => title),
    options,
  );
  await Promise.all(
    works.map(async ({ run }, index) => {
      const entry = display.entries[index] as Entry;
      try {
        await run(entry);
        entry.done();
      } catch (error) {
        errors.push(error);
        entry.failed(works.length > 1 ? error : 'see below');
      }
    }),
  );
  await display.ended;
  if (errors.length > 0) {
    throw errors[0];
  }
}

/**
 * Shows entries side by side, each with its current line and time: in place on a terminal, otherwise as plain lines with
 * times and, during long silence, a heartbeat. The code that does the work of an entry calls `done` or `failed`.
 */
export class Display {
  readonly entries: Entry[];
  /** Resolves when all entries have ended. */
  readonly ended: Promise<void>;

  constructor(titles: string[], { foot, interrupts }: DisplayOptions) {
    this.entries = titles.map((title) => new Entry(title, titles.length > mostShown));
    const tasks = this.entries.map((entry) => entry.task());
    if (foot) {
      tasks.push(footTask(foot, Promise.all(this.entries.map(({ end }) => end))));
    }
    if (onTerminal) {
      interrupts?.kill.addEventListener('abort', () => process.stdout.write(showCursor));
    }
    this.ended = new Listr(tasks, {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: !interrupts,
      renderer: 'default',
      rendererOptions: { timer: PRESET_TIMER, collapseErrors: false, showErrorMessage: false },
      fallbackRenderer: 'simple',
      fallbackRendererOptions: { timestamp: PRESET_TIMESTAMP, timer: PRESET_TIMER },
    })
      .run()
      .then(
        () => undefined,
        () => undefined, // The caller of `failed` has the error.
      );
  }
}

type Task = Pick<ListrTaskWrapper<unknown, never, never>, 'output'> & { title: string | undefined };

/** One entry of a display, from its start to `done` or `failed`. */
export class Entry implements Reporter {
  /** Resolves when the entry has ended: to the first line of its error, if it failed. */
  readonly end: Promise<string | undefined>;
  private resolveEnd!: (failure: string | undefined) => void;
  private readonly since = Date.now();
  private readonly early: string[] = [];
  private shown?: Task;
  private followed?: () => string;
  private last?: string;
  private hasBegun: boolean;

  /** @param showsWorkOnly whether it is shown only while it works, or if it has failed */
  constructor(
    private readonly title: string,
    private readonly showsWorkOnly: boolean,
  ) {
    this.hasBegun = !showsWorkOnly;
    this.end = new Promise((resolve) => (this.resolveEnd = resolve));
  }

  // A property, because callers pass `event` on without its entry.
  readonly event = (line: string): void => {
    this.begin();
    this.last = line;
    this.show(line);
  };

  readonly follow = (line: () => string): void => {
    this.begin();
    this.followed = line;
  };

  /** Shows why the work has not started. */
  waits(because: string): void {
    if (!this.showsWorkOnly) {
      this.follow(() => because);
    }
  }

  private begin(): void {
    this.hasBegun = true;
    if (this.shown && this.shown.title === undefined) {
      this.shown.title = this.title;
    }
  }

  done(): void {
    this.resolveEnd(undefined);
  }

  /** The display shows the first line of the error; the caller prints its whole text at the end of the run. */
  failed(error: unknown): void {
    this.resolveEnd((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '');
  }

  task(): ListrTask {
    return {
      title: this.hasBegun ? this.title : undefined,
      task: async (_context, task) => {
        this.shown = task as Task;
        this.early.splice(0).forEach((line) => this.show(line));
        let ticks = 0;
        const timer = setInterval(() => this.tick(++ticks), 1000);
        const failure = await this.end;
        if (failure !== undefined) {
          this.begin();
        }
        clearInterval(timer);
        if (onTerminal) {
          task.title = this.title;
          if (this.showsWorkOnly && failure === undefined) {
            // A task without a title has no line.
            task.task.title = undefined;
          }
        }
        if (failure !== undefined) {
          throw new Error(failure);
        }
      },
    };
  }

  private tick(ticks: number): void {
    const soFar = duration((Date.now() - this.since) / 1000);
    if (onTerminal && this.shown && this.hasBegun) {
      this.shown.title = `${this.title} · ${soFar}`;
    }
    if (onTerminal) {
      // An event stays until the next one where nothing is followed.
      const line = this.followed?.() ?? this.last;
      if (line !== undefined) {
        this.show(line);
      }
    } else if (this.followed && ticks % plainHeartbeatSeconds === 0) {
      this.show(`${this.followed()} · ${soFar} so far`);
    }
  }

  private show(line: string): void {
    if (this.shown) {
      this.shown.output = onTerminal ? line : `${this.title}: ${line}`;
    } else {
      this.early.push(line);
    }
  }
}

/** A task without a title, which is shown below all entries until they have ended. */
function footTask(foot: () => string, end: Promise<unknown>): ListrTask {
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
