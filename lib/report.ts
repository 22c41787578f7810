/** Receives one line of progress, for the operator. */
export type Report = (line: string) => void;
