import { wanBytes } from '../sandbox';
import type { LabUnderTest } from '../test/sandbox/labUnderTest';
import { seconds } from './measure';

/** How an image is copied. */
export type Way = 'Glance' | 'direct';

/** Seconds of some work, and the bytes that each site got over the WAN meanwhile. */
export interface Sent {
  seconds: number;
  bytes: number[];
}

/** Bytes that each of these sites has got over the WAN. */
export async function received(lab: LabUnderTest, at: string[]): Promise<number[]> {
  return Promise.all(at.map(async (site) => (await wanBytes(lab.name, site)).to));
}

/** Measures work that sends to sites. */
export async function measured(lab: LabUnderTest, at: string[], work: () => Promise<unknown>): Promise<Sent> {
  const before = await received(lab, at);
  const time = await seconds(work);
  const after = await received(lab, at);
  return { seconds: time, bytes: after.map((bytes, index) => bytes - (before[index] ?? NaN)) };
}

/** Words of the command that copies an image. */
export const copyWords = (image: string, way: Way, to: string[]): string[] => [
  ...['images', 'copy', image, '--to', ...to],
  ...(way === 'direct' ? ['--direct'] : []),
];
