import * as fs from 'node:fs';
import * as path from 'node:path';
import { execFileSync } from 'node:child_process';
import { filesUnder } from '../../lib/filesUnder';
import { projectRoot } from '../../lib/paths';
import type { LabUnderTest } from './labUnderTest';
import { type ArgumentWatch, readableByOthers, secretsOf } from './secrets';
import type { Traces } from './traces';

/* What is expected of every lab, whatever its arrangement. */

export const minutes = (count: number): number => count * 60_000;

export interface ListedImage {
  name: string;
  id: string;
  stores: string[];
  diskFormat: string;
}

/** A host of a Ceph cluster that has its administrator's key. */
export interface CephHost {
  node: string;
  cluster: string;
}

export async function imageNamed(lab: LabUnderTest, name: string): Promise<ListedImage> {
  const images = JSON.parse((await lab.dcn('images', '--json')).stdout) as ListedImage[];
  return images.find((image) => image.name === name) as ListedImage;
}

/** The table that `dcn up` ends with has a clone of each image at each store. */
export function expectClones(stdout: string, images: string[], stores: string[]): void {
  for (const image of images) {
    for (const store of stores) {
      const row = `${image}.*${stores.join(', ')}.*${store}.*images/[0-9a-f-]{36}@snap`;
      expect(stdout).toMatch(new RegExp(row));
    }
  }
}

/** What a line of the table of servers says (`dcn boot`, `dcn verify`); bytes where WAN link was counted. */
export interface ServerLine {
  image: string;
  site: string;
  active: string;
  disk: string;
  console: string;
  /** Bytes to and from the site. */
  wan: number[];
}

/** The lines of the table of servers that a command printed. */
export function serverLines(stdout: string): ServerLine[] {
  const units: Record<string, number> = { KiB: 2 ** 10, MiB: 2 ** 20 };
  return [...stdout.matchAll(/^│(.*)│$/gm)].slice(1).map(([, cells]) => {
    const [image, site, , active, disk, , console, wan] = (cells as string)
      .split('│')
      .map((cell) => cell.trim()) as [string, string, string, string, string, string, string, string];
    const counted = [...wan.matchAll(/([\d.]+) (KiB|MiB)/g)];
    const bytes = counted.map(([, count, unit]) => Number(count) * (units[unit as string] as number));
    return { image, site, active, disk, console, wan: bytes };
  });
}

/** Names of the servers that Nova has, of all projects. */
export async function serversOf(lab: LabUnderTest): Promise<{ Name: string; Networks: object }[]> {
  const list = '. ~/control-planerc; openstack server list --all-projects -f json -c Name -c Networks';
  return JSON.parse(await lab.onUndercloud(list)) as { Name: string; Networks: object }[];
}

/** `dcn verify` boots a server from the guest image at each site, which is a clone and comes up, and leaves none. */
export async function expectGuestBoots(lab: LabUnderTest, sites: string[]): Promise<void> {
  const { stdout } = await lab.dcn('verify', 'guest');
  const { id } = await imageNamed(lab, 'guest');
  expect(serverLines(stdout)).toEqual(
    expect.arrayContaining(
      sites.map((site) =>
        expect.objectContaining({
          image: 'guest',
          site,
          disk: `clone of images/${id}@snap`,
          console: expect.stringMatching(/^ready/) as string,
        }),
      ),
    ),
  );
  expect(await serversOf(lab)).toEqual([]);
}

/** An image is raw and has the same bytes in every cluster, as these themselves read it. */
export async function expectEqualContent(lab: LabUnderTest, name: string, hosts: CephHost[]): Promise<void> {
  const image = await imageNamed(lab, name);
  expect(image).toMatchObject({ diskFormat: 'raw', stores: hosts.map(({ cluster }) => cluster) });
  const digests = await Promise.all(
    hosts.map(({ node, cluster }) =>
      lab.onNode(node, `rbd --cluster ${cluster} export --no-progress images/${image.id}@snap - | sha256sum`),
    ),
  );
  expect(new Set(digests).size).toBe(1);
}

/** How often the control plane was deployed. */
export async function controlPlaneDeploys(lab: LabUnderTest): Promise<number> {
  return (await lab.runsOf('control-plane/overcloud-stack')).filter((run) => run.state === 'succeeded')
    .length;
}

/** No secret of the lab is in state, previews, argument lists, or what any command printed. */
export async function expectNoSecretTold(
  lab: LabUnderTest,
  cephNodes: string[],
  argumentLists: ArgumentWatch,
): Promise<void> {
  const secrets = await secretsOf(lab, cephNodes);
  expect(secrets.length).toBeGreaterThan(40);
  const places = [lab.transcript, ...filesBelow(path.join(lab.state, 'pulumi')), ...argumentLists.seen];
  for (const text of places) {
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  }
}

/** No file of these hosts that holds a secret can be read by a user without any rights. */
export async function expectSecretsKept(
  lab: LabUnderTest,
  cephNodes: string[],
  hosts: string[],
): Promise<void> {
  const secrets = await secretsOf(lab, cephNodes);
  for (const host of hosts) {
    expect([host, await readableByOthers(lab, host, secrets)]).toEqual([host, []]);
  }
}

/** `./dcn destroy` leaves no state, nothing on the machine, and the project's files as git saw them `before`. */
export async function expectGoneAfterDestroy(
  lab: LabUnderTest,
  machine: Traces,
  before: string,
): Promise<void> {
  await lab.dcn('destroy');
  expect(fs.existsSync(lab.state)).toBe(false);
  expect(machine.leftSince(lab.name)).toEqual([]);
  expect(gitStatus()).toBe(before);
}

/** What git says of the project's files. */
export function gitStatus(): string {
  return execFileSync('git', ['status', '--porcelain'], { cwd: projectRoot }).toString();
}

/** Texts of all files below a folder. */
export function filesBelow(directory: string): string[] {
  return filesUnder(directory).map((file) => fs.readFileSync(file, 'utf8'));
}
