import { InvalidArgumentError } from 'commander';

/** Reads the value of an option that is a number of this form. @param form for people */
export function numberOption(pattern: RegExp, form: string): (text: string) => number {
  return (text) => {
    if (!pattern.test(text)) {
      throw new InvalidArgumentError(`Write ${form}.`);
    }
    return Number(text);
  };
}

/** Reads the value of an option that is a count. */
export const atLeastOne = numberOption(/^[1-9]\d*$/, 'a whole number, 1 or more');
