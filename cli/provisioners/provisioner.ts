import type { UndercloudAccess } from '../../model';
import type { Report } from '../../lib/report';

/** The part of a provisioner that the command line uses. Verbs do not know which provisioner a lab has. */
export interface Provisioner {
  /** Absent: the command line brings up nothing but the stacks. */
  infrastructure?: Infrastructure;
  /** Whether the program made the hosts, and destroys them with the lab. */
  makesHosts: boolean;
  /**
   * Address, host key and private key of the undercloud, where the lab file does not have them.
   *
   * @throws UserError if the undercloud does not exist yet
   */
  undercloudAccess(): Promise<UndercloudAccess>;
  remedies: Remedies;
  /** Why no servers run at the sites, and the remedy; absent: they run where sites have computes. */
  noServers?: string;
  /** Bytes that crossed a site's WAN link alone; absent: nothing counts them. */
  wanCounter?(site: string): Promise<WanCounter>;
}

/** What the user does when the undercloud, or its bastion, cannot be reached. */
export interface Remedies {
  /** Nobody answers there. */
  noAnswer: string;
  /** The server knows no such user with this private key. */
  loginRefused: string;
  /** The server has another host key than the known one. */
  otherHostKey: string;
  /** The file of the undercloud's private key is missing. */
  missingKey: string;
}

/** The remedies where `./dcn up` makes the undercloud. @param up the command that does so */
export function remediesByUp(up: string, missingKey: string): Remedies {
  const upAgain = `Is the lab up? ${up}`;
  return { noAnswer: upAgain, loginRefused: upAgain, otherHostKey: upAgain, missingKey };
}

/** Hosts and networks that must be up before the first stack of a lab, and are taken down after the last one. */
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
