import { type LabUnderTest, until } from '../test/sandbox/labUnderTest';
import { type Way, copyWords, measured, received } from './wan';

/** How long the WAN is cut: longer than ssh waits for a sign of life. */
const cutSeconds = 90;
const site = 'dcn0';

/**
 * Copies an image to a site, cuts the WAN when half of it was sent, and calls the same command again until it succeeds: a row.
 *
 * @param one bytes of a copy that is not cut
 */
export async function cutAtHalf(lab: LabUnderTest, way: Way, one: number): Promise<string[]> {
  const words = ['--lab', lab.file, ...copyWords('half', way, [site])];
  const [before = NaN] = await received(lab, [site]);
  let calls = 1;
  const { bytes } = await measured(lab, [site], async () => {
    const first = lab.run('./dcn', words);
    await until('half of the copy', 600, async () => {
      const [now = NaN] = await received(lab, [site]);
      return now - before > one / 2;
    });
    await lab.dcn('sandbox', 'wan', site, 'cut');
    await new Promise((resolve) => setTimeout(resolve, cutSeconds * 1000));
    await lab.dcn('sandbox', 'wan', site, 'restore');
    let { code } = await first;
    for (; code !== 0 && calls < 5; calls += 1) {
      ({ code } = await lab.run('./dcn', words));
    }
    if (code !== 0) {
      throw new Error(`the copy by ${way} has not ended after ${calls} calls`);
    }
  });
  await lab.dcn('images', 'verify', 'half');
  await lab.dcn('images', 'remove', 'half', '--from', site);
  return [way, String(calls), ((bytes[0] ?? NaN) / one).toFixed(2), 'equal'];
}
