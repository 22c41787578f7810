import * as path from 'node:path';
import { filesUnder } from '../../lib/filesUnder';
import { type Run, type Status, needlessRuns, unrest } from '../kit/atRest';
import { type CephHost, expectEqualContent, imageNamed } from '../sandbox/expectations';
import { collapsed } from '../sandbox/everyLab';
import type { LabUnderTest } from '../sandbox/labUnderTest';
import { image } from './verbs';

/**
 * Program for the undercloud. Argument: the lab's folder. Prints JSON: the runs of each job, oldest first, and a line for each file and process
 * that is left.
 */
export const leftovers = `
import glob, json, os, subprocess, sys
os.chdir(sys.argv[1])
jobs = {}
for folder in glob.glob("jobs/*/*"):
    runs = [json.load(open(name)) for name in glob.glob(folder + "/runs/*.json")]
    jobs[folder[len("jobs/"):]] = sorted(runs, key=lambda run: run["number"])
processes = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True).stdout.splitlines()
left = [
    *("file " + name for name in glob.glob("**/*.part", recursive=True)),
    *("process " + line for line in processes if "/kit " in line or "bin/openstack " in line),
]
print(json.dumps({"jobs": jobs, "left": left}))
`;

interface Leftovers {
  jobs: Record<string, Run[]>;
  left: string[];
}

/** What of an undisturbed lab does not hold after a recovery, a sentence for each. */
export async function violations(lab: LabUnderTest, { stores }: { stores: string[] }): Promise<string[]> {
  return [
    ...(await images(lab, stores)),
    ...(await inKitsView(lab)),
    ...(await leftOnUndercloud(lab)),
    ...pulumiLocks(lab),
  ];
}

/** After a recovery all sites stand, whatever the verb was. */
async function inKitsView(lab: LabUnderTest): Promise<string[]> {
  const stores = collapsed.cephHosts.map(({ cluster }) => cluster);
  return unrest(await lab.kit<Status>('status', '--json'), ['control-plane', 'dcn0', 'dcn1'], stores);
}

async function images(lab: LabUnderTest, ofImage: string[]): Promise<string[]> {
  const faults: string[] = [];
  for (const name of collapsed.images) {
    const stores = name === image ? ofImage : collapsed.cephHosts.map(({ cluster }) => cluster);
    const hosts = collapsed.cephHosts.filter(({ cluster }) => stores.includes(cluster));
    faults.push(...(await contentFaults(lab, name, hosts)));
  }
  return faults;
}

async function contentFaults(lab: LabUnderTest, name: string, hosts: CephHost[]): Promise<string[]> {
  try {
    await expectEqualContent(lab, name, hosts);
    return [];
  } catch (error) {
    const { stores } = await imageNamed(lab, name);
    return [`image ${name}, at ${stores.join(', ')}: ${(error as Error).message.split('\n')[0]}`];
  }
}

async function leftOnUndercloud(lab: LabUnderTest): Promise<string[]> {
  const { jobs, left } = JSON.parse(
    await lab.onUndercloud(`python3 - ~/dcn/${lab.name}`, leftovers),
  ) as Leftovers;
  return [
    ...needlessRuns(jobs),
    ...Object.entries(jobs).flatMap(([job, runs]) => overlaps(job, runs)),
    ...left,
  ];
}

/** Runs of a job that began before the end of the run before them: the clock of a lab on the sandbox makes no steps. */
function overlaps(job: string, runs: Run[]): string[] {
  return runs.slice(1).flatMap((after, index) => {
    const { number, end } = runs[index] as Run;
    return end !== null && after.begin < end
      ? [`job ${job}: run ${after.number} began before the end of run ${number}`]
      : [];
  });
}

function pulumiLocks(lab: LabUnderTest): string[] {
  return filesUnder(path.join(lab.state, 'pulumi'))
    .filter((file) => file.includes('/.pulumi/locks/') && file.endsWith('.json'))
    .map((file) => `lock ${file}`);
}
