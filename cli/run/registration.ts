import { errorText } from '../../lib/userError';
import type { Report } from '../../lib/report';
import { verbs } from '../../kit/verbs';
import type { LabPlan } from '../../model';
import type { LabContext } from '../context';
import { KitShell } from '../undercloud';
import { Interrupted } from './schedule';

/** How the stores of a run's sites come to the control plane. */
export interface Registration {
  /** Called before the stack of a site runs. */
  beforeSite(): Promise<void>;
  /** Called when the stack of a site is up. */
  afterSite(): void;
  /** Resolves when the control plane has the stores of all sites that are up. @throws UserError, Interrupted */
  complete(): Promise<void>;
  end(): void;
}

/** Each site registers its store itself, and waits until the control plane has the store. */
export const bySites: Registration = {
  beforeSite: () => Promise.resolve(),
  afterSite: () => undefined,
  complete: () => Promise.resolve(),
  end: () => undefined,
};

/**
 * Whether a run gathers the registrations of its sites: there are more sites than run at once. With `--parallel 1` each site is complete
 * before the next one starts.
 */
export function gathers({ sites }: LabPlan, parallel: number): boolean {
  return parallel > 1 && sites.length > parallel && sites.some(({ kind, store }) => kind === 'edge' && store);
}

/** Sites that are up whose stores the control plane gets by one update, while other sites come up. */
const sitesPerUpdate = 100;

/**
 * Gathers the registrations of more sites than run at once: a site that waited for its update would keep another one from starting, and
 * each window of sites would cost an update of the control plane. If `./dcn` ends before all stores are registered, the kit starts the
 * update that is missing (`stores gather`).
 */
export class GatheredRegistration implements Registration {
  private shell?: Promise<KitShell | undefined>;
  private completion?: Promise<void>;
  private update?: Promise<unknown>;
  private sites = 0;

  /**
   * @param report gets lines about the updates
   * @param stop ends the wait for an update, which goes on
   */
  constructor(
    private readonly context: LabContext,
    private readonly report: Report,
    private readonly stop: AbortSignal,
  ) {
    stop.addEventListener('abort', () => this.end());
  }

  /** Starts to gather. If the undercloud refuses, each site registers its store itself. */
  async beforeSite(): Promise<void> {
    this.shell ??= this.gather();
    await this.shell;
  }

  afterSite(): void {
    this.sites += 1;
    if (this.sites >= sitesPerUpdate && !this.update) {
      this.sites = 0;
      // What an update could not do, `complete` does again, and reports.
      this.update = this.commit().catch(() => undefined);
      void this.update.then(() => (this.update = undefined));
    }
  }

  complete(): Promise<void> {
    this.completion ??= this.commit();
    return this.completion;
  }

  end(): void {
    void this.shell?.then((shell) => shell?.close());
  }

  private async gather(): Promise<KitShell | undefined> {
    let shell: KitShell | undefined;
    try {
      shell = await KitShell.connect(this.context);
      await shell.hold(verbs.stores.gather);
      return shell;
    } catch (error) {
      shell?.close();
      this.report(`each site registers its store itself: ${errorText(error)}`);
      return undefined;
    }
  }

  private async commit(): Promise<void> {
    await this.update;
    const shell = await this.shell;
    if (!shell) {
      return;
    }
    this.report('gives the control plane the stores of the sites that are up');
    try {
      await shell.ask(verbs.stores.commit, { onLine: this.report });
    } catch (error) {
      throw this.stop.aborted ? new Interrupted() : error;
    }
  }
}
