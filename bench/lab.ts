import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { openLab, type LabContext } from '../cli/context';
import { verbs } from '../kit/verbs';
import { pulumiEnvironment } from '../cli/run/pulumi';
import { withKit } from '../cli/undercloud';
import { planFiles } from '../model';
import { sandboxDown, sandboxUp } from '../sandbox';
import { projectRoot } from '../lib/paths';
import { takeDownAtEnd } from '../test/sandbox/takeDown';
import { cleanUp, type Figures, median, quiet, ratioColumns, ratioRow, seconds } from './measure';
import { plainScript } from './plainScript';

/*
 * The shipped lab: `./dcn up` without images against the same commands by a plain script, a `pulumi up` without changes against that of
 * an empty program, and clones against full copies.
 */

const noOpRounds = 5;
const shipped = path.join(projectRoot, 'Pulumi.dev.yaml');

/** @param directory for the lab file and an empty program */
export async function labRatios(directory: string): Promise<Figures[]> {
  const rows: string[][] = [];
  const file = path.join(directory, 'Pulumi.bench.yaml');
  const text = fs.readFileSync(shipped, 'utf8');
  fs.writeFileSync(file, text);
  takeDownAtEnd(file, process.env.GLANCE_DCN_STATE as string, text);
  const context = openLab(file);
  const environment = { ...(await pulumiEnvironment(context.lab, console.error)) };
  try {
    console.error('bench: sandbox images');
    await sandboxUp(context.lab, console.error);
    await sandboxDown(context.lab, quiet);

    console.error('bench: the undercloud commands by a plain script');
    const plain = await seconds(() => plainUp(withoutImages(context)));
    await sandboxDown(context.lab, quiet);

    console.error('bench: ./dcn up');
    const up = await seconds(() => dcn(withoutImages(context), 'up'));
    rows.push(ratioRow('./dcn up (no images) against a plain script', up, plain, 1));

    console.error('bench: no-op pulumi up');
    const noOp = await noOpTimes(context, directory, environment);
    rows.push(ratioRow('no-op pulumi up -s bench-dcn0 against an empty program', noOp.site, noOp.empty, 2));

    console.error('bench: images, clones against full copies');
    fs.copyFileSync(shipped, file);
    await dcn(context, 'up');
    for (const image of context.plan.images) {
      const proofs = await withKit(context, (kit) => kit.ask(verbs.images.clone(image.name, image.stores)));
      for (const proof of proofs) {
        const title = `clone of ${proof.image} at ${proof.store} against a full copy`;
        rows.push(ratioRow(title, proof.cloneSeconds, proof.copySeconds, 3));
      }
    }
    return [{ columns: ratioColumns, rows }];
  } finally {
    await cleanUp(context);
  }
}

async function dcn(context: LabContext, ...args: string[]): Promise<void> {
  await execa('./dcn', ['--lab', context.file, ...args], { cwd: projectRoot });
}

/** Brings the lab up without Pulumi: the same hosts and commands. */
async function plainUp(context: LabContext): Promise<void> {
  const { plan } = context;
  const directory = plan.undercloud.directory;
  const ssh = (command: string, input?: Buffer): Promise<unknown> =>
    execa('./dcn', ['--lab', context.file, 'ssh', 'undercloud', command], {
      cwd: projectRoot,
      ...(input ? { input } : { stdin: 'ignore' }),
    });
  await sandboxUp(context.lab, quiet);
  const files = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-bench-'));
  try {
    for (const [site, texts] of Object.entries(planFiles(context.plan))) {
      for (const [name, text] of Object.entries(texts)) {
        const file = path.join(files, site, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, text);
      }
    }
    const empty = 'parameter_defaults: {}\n';
    fs.writeFileSync(path.join(files, 'control-plane', 'glance-dcn-stores.yaml'), empty);
    fs.writeFileSync(path.join(files, 'control-plane', 'dcn_ceph_external.yaml'), empty);
    fs.writeFileSync(path.join(files, 'plain.sh'), plainScript(plan));
    fs.cpSync(path.join(projectRoot, 'kit'), path.join(files, 'kit'), { recursive: true });
    const archive = await execa('tar', ['-C', files, '-cf', '-', '.'], { encoding: null });
    const nodes = plan.sites.flatMap((site) => site.nodes);
    await Promise.all([
      ssh(`mkdir -p ${directory} && tar -C ${directory} -xf -`, archive.stdout),
      ...nodes.map((node) => dcn(context, 'sandbox', 'node', 'create', node.name)),
    ]);
    await ssh(`bash ${directory}/plain.sh`);
  } finally {
    fs.rmSync(files, { recursive: true, force: true });
  }
}

/** The same lab without its images, which the plain script does not handle. */
function withoutImages(context: LabContext): LabContext {
  const text = fs.readFileSync(shipped, 'utf8');
  fs.writeFileSync(context.file, text.replace(/\n {2}glance-dcn:images:[\s\S]*$/, '\n'));
  return openLab(context.file);
}

/** Medians of a no-op `pulumi up` of an edge site and of an empty program, measured alternately. */
async function noOpTimes(
  context: LabContext,
  directory: string,
  environment: Record<string, string>,
): Promise<{ site: number; empty: number }> {
  const empty = path.join(directory, 'empty');
  fs.mkdirSync(empty);
  fs.copyFileSync(path.join(projectRoot, 'Pulumi.yaml'), path.join(empty, 'Pulumi.yaml'));
  fs.writeFileSync(path.join(empty, 'package.json'), '{ "name": "empty" }');
  for (const name of ['node_modules', 'lib', 'toolchain']) {
    fs.symlinkSync(path.join(projectRoot, name), path.join(empty, name));
  }
  fs.writeFileSync(path.join(empty, 'index.ts'), 'export {};\n');
  const backend = path.join(empty, 'state');
  fs.mkdirSync(backend);
  const emptyEnvironment = { ...environment, PULUMI_BACKEND_URL: `file://${backend}` };
  const run = (cwd: string, env: Record<string, string>, ...args: string[]): Promise<unknown> =>
    execa('pulumi', [...args, '--non-interactive'], { cwd, env });
  await run(empty, emptyEnvironment, 'stack', 'init', 'empty');
  const up = ['up', '--yes', '--skip-preview', '-s'];
  await run(empty, emptyEnvironment, ...up, 'empty');
  const times = { site: [] as number[], empty: [] as number[] };
  for (let round = 0; round < noOpRounds; round += 1) {
    times.site.push(await seconds(() => run(projectRoot, environment, ...up, `${context.name}-dcn0`)));
    times.empty.push(await seconds(() => run(empty, emptyEnvironment, ...up, 'empty')));
  }
  return { site: median(times.site), empty: median(times.empty) };
}
