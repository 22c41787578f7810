/** Gives the value of `--lab`, once the command line is parsed. */
export type LabOption = () => string;

/** `--json` of verbs. */
export const json = ['--json', 'print JSON'] as const;
