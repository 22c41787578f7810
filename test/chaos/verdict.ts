import * as path from 'node:path';
import { filesUnder } from '../../lib/filesUnder';
import { type Status, unrest } from '../kit/atRest';
import { type CephHost, expectEqualContent, imageNamed } from '../sandbox/expectations';
import { collapsed } from '../sandbox/everyLab';
import type { LabUnderTest } from '../sandbox/labUnderTest';
import { image } from './verbs';

/** Program for the undercloud: what is left there, a line for each. Argument: the lab's folder. */
const leftovers = `
import glob, json, os, subprocess, sys
os.chdir(sys.argv[1])
for folder in glob.glob("jobs/*/*"):
    runs = [json.load(open(name)) for name in glob.glob(folder + "/runs/*.json")]
    runs.sort(key=lambda run: run["number"])
    for run in runs:
        if run["state"] in ("starting", "waiting", "running"):
            print(folder, "run", run["number"], "is on record as", run["state"])
    for before, after in zip(runs, runs[1:]):
        same = [(run["kind"], run["state"], run["revision"], run["stores"], run["digests"]) for run in (before, after)]
        if before["end"] and after["begin"] < before["end"]:
            print(folder, "run", after["number"], "began before the end of run", before["number"])
        # An update of the control plane has the same document each time.
        if folder != "jobs/stores/update" and same[0] == same[1] and before["state"] == "succeeded":
            print(folder, "run", after["number"], "repeats the success of run", before["number"])
for name in glob.glob("**/*.part", recursive=True):
    print("file", name)
processes = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True).stdout.splitlines()
for line in processes:
    if "/kit " in line or "bin/openstack " in line:
        print("process", line)
`;

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
  const listed = await lab.onUndercloud(`python3 - ~/dcn/${lab.name}`, leftovers);
  return listed.split('\n').filter(Boolean);
}

function pulumiLocks(lab: LabUnderTest): string[] {
  return filesUnder(path.join(lab.state, 'pulumi'))
    .filter((file) => file.includes('/.pulumi/locks/') && file.endsWith('.json'))
    .map((file) => `lock ${file}`);
}
