import type { UndercloudAccess } from '../../model';
import type { Report } from '../../lib/report';

/** What the command line must know of where a lab's hosts come from; its verbs do not know which provisioner it is. */
export interface Provisioner {
  /** What the lab stands on and the command line itself brings up; absent: nothing. */
  infrastructure?: Infrastructure;
  /**
   * What the lab file leaves out of the way to the undercloud.
   *
   * @throws UserError if the undercloud does not exist yet
   */
  undercloudAccess(): Promise<UndercloudAccess>;
  /** What to do when the private key of the undercloud is missing. */
  privateKeyRemedy: string;
  /** Counts what crosses a site's WAN link and nothing else; absent: there is no such counter. */
  wanCounter?(site: string): Promise<WanCounter>;
}

/** What must be up before the first stack of a lab, and is taken down after the last. */
export interface Infrastructure {
  /** Its name in the display and on record. */
  title: string;
  /** @param report takes a line for people */
  up(report: Report): Promise<void>;
  down(report: Report): Promise<void>;
}

/** Bytes that have crossed a WAN link since it was made: to the site and from it. */
export interface WanCounter {
  to: number;
  from: number;
}
