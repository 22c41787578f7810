import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { UserError, errorText } from '../../lib/userError';
import { type LabPlan, bringUpFirst, stackName } from '../../model';
import { type LabContext, dcnCommand, openLab, printJson, toStderr } from '../context';
import { sitesWithLeavingNodes } from '../leavingNodes';
import { type PreviewReport, type StackPreview, previewMarkdown, wavesMarkdown } from '../preview/markdown';
import { wavesOf } from '../proofs/canary';
import { type PulumiEnvironment, PulumiFailure, previewStack, writeMissingSettings } from '../run/pulumi';
import { resourceChange } from '../preview/resourceDiff';
import { type StackNode, leftStacks, stacksOf } from '../run/graph';
import { runStacks } from '../run/schedule';
import { type LabState, openState } from '../run/stackList';
import { notUpText } from '../run/state';
import type { WaveOptions, Waves } from '../run/waves';

/** Options of `dcn preview`; those of waves are those of `dcn up`. */
export interface PreviewOptions extends WaveOptions {
  json?: boolean;
}

/**
 * `dcn preview [STACK…] [--json]`: prints, as Markdown or JSON, what `pulumi up` of each stack would do. A stack that does not exist yet, or
 * builds on one that must be brought up before it, does not count as a failure.
 *
 * @throws UserError if a name is not a stack of the lab
 */
export async function preview(
  option: string,
  names: string[],
  { json: asJson, ...options }: PreviewOptions,
): Promise<void> {
  const context = openLab(option);
  const waves = await wavesOf(context, options);
  const state = await openState(context.lab, toStderr);
  const stacks = chosen(context, state?.names ?? [], names);
  if (!state) {
    toStderr(notUpText(context));
  }
  const previews = withWaves(await previewStacks(context, stacks, state), waves);
  const reports = state ? await withLeavingNodes(context, state, previews) : previews;
  if (asJson) {
    printJson(reports);
  } else {
    const registering = registeringStacks(context.plan, reports);
    const dcn = dcnCommand(context);
    const parts = [
      previewMarkdown(context.name, reports, registering, dcn),
      ...(waves ? [wavesMarkdown(waves, dcn)] : []),
    ];
    process.stdout.write(`${parts.join('\n\n')}\n`);
  }
  if (reports.some(({ preview }) => preview.state === 'failed')) {
    process.exitCode = 1;
  }
}

/** The reports with the number of each stack's wave, if there are waves. */
function withWaves(reports: PreviewReport[], waves: Waves | undefined): PreviewReport[] {
  return waves
    ? reports.map((report) => {
        const index = waves.waves.findIndex((names) => names.includes(report.stack));
        return index < 0 ? report : { ...report, wave: index + 1 };
      })
    : reports;
}

/** The reports with the nodes that leave a site, if there are any; the undercloud is asked about these alone. */
async function withLeavingNodes(
  context: LabContext,
  { env, names }: LabState,
  reports: PreviewReport[],
): Promise<PreviewReport[]> {
  const previewed = new Set(reports.map(({ stack }) => stack).filter((stack) => names.includes(stack)));
  const sites = await sitesWithLeavingNodes(context, env, previewed);
  return reports.map((report) => {
    const leaving = sites.find(({ site }) => stackName(context.name, site) === report.stack);
    return leaving ? { ...report, leaving } : report;
  });
}

/** Stacks to make whose stores a control plane that is up gets. */
function registeringStacks(plan: LabPlan, reports: PreviewReport[]): string[] {
  const stores = plan.sites.filter(({ kind, store }) => kind !== 'control-plane' && store);
  return stores
    .map(({ name }) => stackName(plan.lab, name))
    .filter((stack) =>
      reports.some(
        ({ stack: name, preview: seen }) =>
          name === stack && seen.state === 'waits' && !seen.exists && seen.waitsFor.length === 0,
      ),
    );
}

/** A stack to preview; `node` is undefined for a stack of the backend whose site is not in the lab file. */
type Chosen = { name: string; node: StackNode | undefined };

function chosen({ name: lab, plan }: LabContext, existing: string[], names: string[]): Chosen[] {
  const all: Chosen[] = [
    ...stacksOf(plan).map((node) => ({ name: node.name, node })),
    ...leftStacks(plan, existing).map((name) => ({ name, node: undefined })),
  ];
  const unknown = names.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) {
    throw new UserError(
      `${unknown.join(', ')}: no stack of lab ${lab}. Its stacks: ${all.map(({ name }) => name).join(', ')}.`,
    );
  }
  return names.length > 0 ? all.filter(({ name }) => names.includes(name)) : all;
}

async function previewStacks(
  context: LabContext,
  stacks: Chosen[],
  state: LabState | undefined,
): Promise<PreviewReport[]> {
  const existing = new Set(state?.names);
  const found = new Map<string, StackPreview>();
  const ready: StackNode[] = [];
  for (const { name, node } of stacks) {
    const waitsFor = node ? [...node.needs, ...node.joins].filter((other) => !existing.has(other)) : [];
    if (!node) {
      found.set(name, { state: 'left over' });
    } else if (!existing.has(name) || waitsFor.length > 0) {
      found.set(name, { state: 'waits', exists: existing.has(name), waitsFor });
    } else {
      ready.push(node);
    }
  }
  if (state) {
    await previewReady(context, state.env, ready, found);
  }
  return stacks.map(({ name }) => ({ stack: name, preview: found.get(name) as StackPreview }));
}

/** Previews stacks side by side, and puts the results into `found`. */
async function previewReady(
  context: LabContext,
  env: PulumiEnvironment,
  ready: StackNode[],
  found: Map<string, StackPreview>,
): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-preview-'));
  try {
    await runStacks(
      // A preview reads the outputs that other stacks have in the backend, and waits for no other stack.
      ready.map((node) => ({ ...node, needs: [], joins: [], others: [...node.needs, ...node.joins] })),
      async ({ name }) => {
        await writeMissingSettings(env, context, name);
        const steps = await previewStack(env, name, folder);
        found.set(name, { state: 'previewed', changes: steps.flatMap((step) => resourceChange(step) ?? []) });
      },
      ({ name, others }, outcome) => {
        if (outcome.state === 'failed') {
          found.set(name, withoutChanges(reasonOf(outcome.error), others));
        }
        toStderr(`${name}: ${found.get(name)?.state}`);
      },
      { parallel: os.cpus().length },
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The preview of an existing stack whose program has ended with an error: it waits, if each line of the error names a stack to bring
 * up first.
 *
 * @param others the stacks whose outputs the program may read
 */
function withoutChanges(reason: string, others: string[]): StackPreview {
  const lines = reason.split('\n').filter((line) => line.trim());
  const awaited = lines.map((line) => others.find((other) => line.includes(bringUpFirst(other))));
  return lines.length > 0 && awaited.every((other) => other !== undefined)
    ? { state: 'waits', exists: true, waitsFor: others.filter((other) => awaited.includes(other)) }
    : { state: 'failed', reason };
}

function reasonOf(error: Error): string {
  return error instanceof PulumiFailure ? error.details : errorText(error);
}
