import { moment } from '../../moment';
import { duration } from '../../run/duration';
import type { Ending, PartSpan, RunRecord, Span, StepSpan } from '../../run/record';

/** One row of a timeline: a part of a run, or a step of the part above it. */
export interface TimelineRow extends Span {
  label: string;
  isPart: boolean;
  ending: Ending;
  waits: StepSpan['waits'];
  /** The text after the bar. */
  note: string;
}

const notes: Record<Ending, string> = {
  done: '',
  failed: ' FAILED',
  interrupted: ' interrupted',
  'not started': '',
  unknown: ' end unknown',
};

/** The rows of a run: the parts in the order of their start, each followed by its steps. */
export function timelineRows({ lab, parts }: RunRecord): TimelineRow[] {
  return parts
    .toSorted((a, b) => a.begin - b.begin)
    .flatMap((part) => [
      { ...part, label: part.name, isPart: true, waits: [], note: noteOf(part) },
      ...part.steps.map((step) => ({
        ...step,
        label: shortName(lab, part.name, step.name),
        isPart: false,
        note: noteOf(step),
      })),
    ]);
}

function noteOf(span: PartSpan | StepSpan): string {
  if (span.ending === 'not started') {
    return `not started: ${'because' in span ? span.because : ''}`;
  }
  return `${duration((span.end - span.begin) / 1000)}${notes[span.ending]}`;
}

/** A step's name without its site: `dcn0-ceph-deploy` of stack `dev-dcn0` is `ceph-deploy`. */
function shortName(lab: string, part: string, step: string): string {
  const site = `${part.slice(lab.length + 1)}-`;
  return part.startsWith(`${lab}-`) && step.startsWith(site) ? step.slice(site.length) : step;
}

/** Heading of a timeline. */
export function timelineTitle({ lab, verb, begin, end }: RunRecord): string {
  return `${verb} of lab ${lab}: started ${moment(begin)}, took ${duration((end - begin) / 1000)}`;
}
