import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { type LabContext, openLab } from '../cli/context';
import { projectRoot } from '../lib/paths';
import { takeDownAtEnd } from '../test/sandbox/takeDown';
import { cleanUp, type Figures, ratioColumns, ratioRow, seconds } from './measure';

/** Time and control-plane deploys to bring up the sites of one lab. */
interface SitesRun {
  seconds: number;
  /** Number of deploys of the control plane. */
  deploys: number;
}

/** Writes a lab file with control-plane, central, dcn0 … dcn3 on an external Ceph cluster, without images. */
function labFile(directory: string): string {
  const file = path.join(directory, 'Pulumi.benchsites.yaml');
  const shipped = fs.readFileSync(
    path.join(projectRoot, 'examples/multistore/Pulumi.multistore.yaml'),
    'utf8',
  );
  const more = [2, 3].map(
    (site) => `    dcn${site}: { nodes: { oc0-ceph-${site + 4}: DistributedComputeHCI } }\n`,
  );
  const text = shipped.replace(/ {2}glance-dcn:images:[\s\S]*$/, more.join(''));
  fs.writeFileSync(file, text);
  takeDownAtEnd(file, process.env.GLANCE_DCN_STATE as string, text);
  return file;
}

/** Brings the same lab up twice from nothing: first as many sites at once as possible, then one after the other. */
export async function sixSites(directory: string): Promise<Figures[]> {
  const context = openLab(labFile(directory));
  try {
    const sideBySide = await bringUp(context);
    const oneByOne = await bringUp(context, '--parallel', '1');
    const deploys = `${sideBySide.deploys} and ${oneByOne.deploys} control-plane deploys`;
    const title = `six sites side by side against one after the other (${deploys})`;
    return [{ columns: ratioColumns, rows: [ratioRow(title, sideBySide.seconds, oneByOne.seconds, 1)] }];
  } finally {
    await cleanUp(context);
  }
}

async function bringUp(context: LabContext, ...options: string[]): Promise<SitesRun> {
  await cleanUp(context);
  const dcn = async (...args: string[]): Promise<string> =>
    (await execa('./dcn', ['--lab', context.file, ...args], { cwd: projectRoot, stdin: 'ignore' })).stdout;
  const time = await seconds(() => dcn('up', ...options));
  const records = `${context.plan.undercloud.directory}/jobs/control-plane/overcloud-stack/runs`;
  const names = await dcn('ssh', 'undercloud', 'ls', records);
  return { seconds: time, deploys: names.split('\n').filter((name) => name.endsWith('.json')).length };
}
