import * as fs from 'node:fs';
import type { LabContext } from '../cli/context';
import { settingsFile } from '../cli/run/pulumi';
import { stacksOf } from '../cli/run/graph';
import { sandboxDown } from '../sandbox';
import { stateDir } from '../lib/paths';

/** Wall time of some work, in seconds. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

export const quiet = (): void => undefined;

/** Removes a whole lab and its state; faster than `./dcn destroy`. */
export async function cleanUp(context: LabContext): Promise<void> {
  await sandboxDown(context.lab, quiet);
  fs.rmSync(stateDir(context.name), { recursive: true, force: true });
  stacksOf(context.plan).forEach(({ name }) => fs.rmSync(settingsFile(name), { force: true }));
}

/** A table of the benchmark. */
export interface Figures {
  columns: string[];
  rows: string[][];
}

export const ratioColumns = ['', 'this', 'against', 'ratio'];

/** A row with the ratio of two times in seconds, which is printed at once too. */
export function ratioRow(title: string, mine: number, other: number, digits: number): string[] {
  const cells = [`${mine.toFixed(digits)} s`, `${other.toFixed(digits)} s`, (mine / other).toFixed(3)];
  console.error(`bench: ${title}: ${cells.join(', ')}`);
  return [title, ...cells];
}
