import { dcnCommand, openLab, printJson } from '../context';
import { timelineSvg } from '../pictures/timeline/svg';
import { timelineText } from '../pictures/timeline/text';
import { lastRun } from '../run/record';
import { type PictureOptions, writePicture } from '../pictures/writePicture';

/** Width of the text where standard output is not a terminal. */
const plainColumns = 120;

/** `dcn timeline [--svg FILE | --json]`: draws what ran when in the lab's last run. */
export function timeline(option: string, { svg, json }: PictureOptions): void {
  const context = openLab(option);
  const run = lastRun(context.name, dcnCommand(context));
  if (svg) {
    writePicture(svg, timelineSvg(run));
  } else if (json) {
    printJson(run);
  } else {
    process.stdout.write(`${timelineText(run, process.stdout.columns ?? plainColumns)}\n`);
  }
}
