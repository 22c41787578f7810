import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import execa from 'execa';
import { openLab, type LabContext } from '../cli/context';
import { verbs } from '../kit/verbs';
import { pulumiEnvironment } from '../cli/run/pulumi';
import { withKit } from '../cli/undercloud';
import { planFiles } from '../model';
import { sandboxDown, sandboxUp } from '../sandbox';
import { projectRoot } from '../lib/paths';
import { table } from '../lib/table';
import { copiesOnLab } from './copies';
import { directSitesColumns, directSitesTimes } from './directSites';
import { listColumns, listTimes } from './lists';
import { modelColumns, modelTimes } from './model';
import { cleanUp, median, quiet, seconds } from './measure';
import { plainScript } from './plainScript';
import { scale } from './scale/main';
import { sixSites } from './sites';
import { startColumns, startTimes } from './starts';

/*
 * `npm run bench`: the time that the program adds to the work. Each ratio is from one run on one machine.
 * 1. `./dcn up` from an installed base image against the same undercloud commands by a plain script without Pulumi;
 * 2. a no-op `pulumi up` of an edge site against a no-op `pulumi up` of an empty program;
 * 3. a clone against a full copy of the same image at the same site;
 * 4. six sites on an external Ceph cluster side by side against one after the other, with the number of control-plane
 *    deploys of each;
 * 5. `./dcn --help` and `./dcn plan` against a Node with an empty program;
 * 6. the model's work on labs of up to 1,000 sites;
 * 7. the kit's list of 5,000 images at 300 stores;
 * 8. copies of images over the WAN, by Glance and directly, and what tenants get of images (copies.ts); directly to 100 simulated
 *    sites (directSites.ts).
 * `npm run bench -- scale`: labs of many sites on a simulated undercloud (scale/main.ts); not without its name.
 * `npm run bench -- PART…` measures only these parts: `lab` (the first three), `sites`, `starts`, `model`, `lists`, `copies` (the
 * eighth), `direct-sites` (the simulated ones alone). `--mib N` is the size of the image that is copied, 1024 by default.
 */

const noOpRounds = 5;
const shipped = path.join(projectRoot, 'Pulumi.dev.yaml');

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

/** Adds a row with one ratio to the table. */
type Row = (title: string, mine: number, other: number, digits: number) => void;

async function main(): Promise<void> {
  if (process.argv[2] === 'scale') {
    return scale(process.argv.slice(3));
  }
  const { positionals: parts, values } = parseArgs({
    allowPositionals: true,
    options: { mib: { type: 'string', default: '1024' } },
  });
  const mib = Number(values.mib);
  if (!(Number.isInteger(mib) && mib >= 64)) {
    throw new Error(`--mib ${values.mib}: write a whole number from 64 on`);
  }
  const wanted = (...names: string[]): boolean =>
    parts.length === 0 || names.some((name) => parts.includes(name));
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-bench-lab-'));
  process.env.GLANCE_DCN_STATE = path.join(directory, 'state');
  const rows: string[][] = [];
  const row: Row = (title, mine, other, digits) => {
    const cells = [`${mine.toFixed(digits)} s`, `${other.toFixed(digits)} s`, (mine / other).toFixed(3)];
    rows.push([title, ...cells]);
    console.error(`bench: ${title}: ${cells.join(', ')}`);
  };
  try {
    if (wanted('starts')) {
      console.log(table(startColumns, await startTimes(directory)));
    }
    if (wanted('model')) {
      console.log(table(modelColumns, modelTimes()));
    }
    if (wanted('lists')) {
      console.log(table(listColumns, await listTimes()));
    }
    if (wanted('copies', 'direct-sites')) {
      console.log(table(directSitesColumns, await directSitesTimes(100, mib)));
    }
    if (wanted('lab')) {
      await measureLab(directory, row);
    }
    if (wanted('sites')) {
      console.error('bench: six sites side by side, then one after the other');
      const { sideBySide, oneByOne } = await sixSites(directory);
      const deploys = `${sideBySide.deploys} and ${oneByOne.deploys} control-plane deploys`;
      row(
        `six sites side by side against one after the other (${deploys})`,
        sideBySide.seconds,
        oneByOne.seconds,
        1,
      );
    }
    if (rows.length > 0) {
      console.log(table(['', 'this', 'against', 'ratio'], rows));
    }
    if (wanted('copies')) {
      for (const { columns, rows: figures } of await copiesOnLab(mib)) {
        console.log(table(columns, figures));
      }
    }
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

async function measureLab(directory: string, row: Row): Promise<void> {
  const file = path.join(directory, 'Pulumi.bench.yaml');
  fs.copyFileSync(shipped, file);
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
    row('./dcn up (no images) against a plain script', up, plain, 1);

    console.error('bench: no-op pulumi up');
    const noOp = await noOpTimes(context, directory, environment);
    row('no-op pulumi up -s bench-dcn0 against an empty program', noOp.site, noOp.empty, 2);

    console.error('bench: images, clones against full copies');
    fs.copyFileSync(shipped, file);
    await dcn(context, 'up');
    for (const image of context.plan.images) {
      const proofs = await withKit(context, (kit) => kit.ask(verbs.images.clone(image.name, image.stores)));
      for (const proof of proofs) {
        row(
          `clone of ${proof.image} at ${proof.store} against a full copy`,
          proof.cloneSeconds,
          proof.copySeconds,
          3,
        );
      }
    }
  } finally {
    await cleanUp(context);
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

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
