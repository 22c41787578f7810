/** What an import has to say beside the lab file. */
export interface Note {
  /**
   * `guess`: the lab file has a value that nothing proves. `unmapped`: no key of the lab file says it. `different`: the next
   * deployment of the lab file would change it. `unseen`: it could not be read. `fault`: the lab file cannot be used so.
   */
  kind: 'guess' | 'unmapped' | 'different' | 'unseen' | 'fault';
  /** Place in the lab file, or what the note is about. */
  at: string;
  what: string;
  /** What to do. */
  remedy: string;
}

/** Takes notes. */
export type Noter = (kind: Note['kind'], at: string, what: string, remedy: string) => void;
