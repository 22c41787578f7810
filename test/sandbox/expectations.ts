import * as fs from 'node:fs';
import * as path from 'node:path';
import { execFileSync } from 'node:child_process';
import { filesUnder } from '../../lib/filesUnder';
import { projectRoot } from '../../lib/paths';
import type { LabUnderTest } from './labUnderTest';
import { type ArgumentWatch, readableByOthers } from './secrets';
import type { Traces } from './traces';

/* Expectations that hold for labs in any arrangement. */

export const minutes = (count: number): number => count * 60_000;

export interface ListedImage {
  name: string;
  id: string;
  stores: string[];
  diskFormat: string;
}

/** A host with the administrator's key of a Ceph cluster. */
export interface CephHost {
  node: string;
  cluster: string;
}

export async function imageNamed(lab: LabUnderTest, name: string): Promise<ListedImage> {
  const images = JSON.parse((await lab.dcn('images', '--json')).stdout) as ListedImage[];
  return images.find((image) => image.name === name) as ListedImage;
}

/** Expects that the table at the end of `dcn up` shows a clone of each image at each store. */
export function expectClones(stdout: string, images: string[], stores: string[]): void {
  for (const image of images) {
    for (const store of stores) {
      const row = `│ ${image} .*│ ${store} .* m?s .*images/[0-9a-f-]{36}@snap`;
      expect(stdout).toMatch(new RegExp(row));
    }
  }
}

/** A row of the table of servers that `dcn boot` and `dcn verify` print. */
export interface ServerLine {
  image: string;
  site: string;
  active: string;
  disk: string;
  /** Parent of a clone, or what gave the image of a copy. */
  source: string;
  console: string;
  /** Bytes to and from the site over its WAN link; empty for a site without one. */
  wan: number[];
}

/** The rows of the table of servers in a command's output; a wide table is printed in parts. */
export function serverLines(stdout: string): ServerLine[] {
  const units: Record<string, number> = { KiB: 2 ** 10, MiB: 2 ** 20 };
  return rowsOf(stdout).map((row) => {
    const cell = (head: string): string => row[head] as string;
    const counted = [...cell('WAN to, from site').matchAll(/([\d.]+) (KiB|MiB)/g)];
    return {
      image: cell('image'),
      site: cell('site'),
      active: cell('ACTIVE after'),
      disk: cell('disk'),
      source: cell('parent or source'),
      console: cell('console'),
      wan: counted.map(([, count, unit]) => Number(count) * (units[unit as string] as number)),
    };
  });
}

/** The rows of a table by the words of its head, whose parts are one below the other. */
function rowsOf(stdout: string): Record<string, string>[] {
  const rows: Record<string, string>[] = [];
  for (const [, part] of stdout.matchAll(/^┌.*\n([^┌]*)^└/gm)) {
    const [head, ...texts] = [...(part as string).matchAll(/^│(.*)│$/gm)].map(([, cells]) =>
      (cells as string).split('│').map((cell) => cell.trim()),
    ) as [string[], ...string[][]];
    texts.forEach((cells, index) => {
      const row = Object.fromEntries(head.map((name, column) => [name, cells[column] as string]));
      rows[index] = { ...rows[index], ...row };
    });
  }
  return rows;
}

/** Nova's servers of all projects. */
export async function serversOf(
  lab: LabUnderTest,
): Promise<{ ID: string; Name: string; Networks: object }[]> {
  const list = '. ~/control-planerc; openstack server list --all-projects -f json -c ID -c Name -c Networks';
  return JSON.parse(await lab.onUndercloud(list)) as { ID: string; Name: string; Networks: object }[];
}

/** Expects that `dcn verify` boots a server as a clone of the guest image at each site, and leaves no server. */
export async function expectGuestBoots(lab: LabUnderTest, sites: string[]): Promise<void> {
  const { stdout } = await lab.dcn('verify', 'guest');
  const { id } = await imageNamed(lab, 'guest');
  expect(serverLines(stdout)).toEqual(
    expect.arrayContaining(
      sites.map((site) =>
        expect.objectContaining({
          image: 'guest',
          site,
          disk: 'clone',
          source: `images/${id}@snap`,
          console: expect.stringMatching(/^ready/) as string,
        }),
      ),
    ),
  );
  expect(await serversOf(lab)).toEqual([]);
}

/** Expects that an image is raw and has the same bytes in every cluster, as read on a host of each cluster. */
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

/** Number of successful deployments of the control plane. */
export async function controlPlaneDeploys(lab: LabUnderTest): Promise<number> {
  return (await lab.runsOf('control-plane/overcloud-stack')).filter((run) => run.state === 'succeeded')
    .length;
}

/** Expects that state, previews, argument lists and the output of all commands contain none of the lab's secrets. */
export function expectNoSecretShown(
  lab: LabUnderTest,
  secrets: string[],
  argumentLists: ArgumentWatch,
): void {
  expect(secrets.length).toBeGreaterThan(40);
  const texts = [lab.transcript, ...filesBelow(path.join(lab.state, 'pulumi')), ...argumentLists.seen];
  expect(secrets.filter((secret) => texts.some((text) => text.includes(secret)))).toEqual([]);
}

/** Expects that a user without any rights can read no file with a secret on these hosts. */
export async function expectSecretsKept(
  lab: LabUnderTest,
  secrets: string[],
  hosts: string[],
): Promise<void> {
  const readable = await Promise.all(
    hosts.map(async (host) => [host, await readableByOthers(lab, host, secrets)]),
  );
  expect(readable).toEqual(hosts.map((host) => [host, []]));
}

/** Expects that `./dcn destroy` leaves no state, nothing on the machine, and the output of `git status` as `before`. */
export async function expectGoneAfterDestroy(
  lab: LabUnderTest,
  machine: Traces,
  before: string,
): Promise<void> {
  await lab.dcn('destroy', '--yes');
  expect(fs.existsSync(lab.state)).toBe(false);
  expect(machine.leftSince(lab.name)).toEqual([]);
  expect(gitStatus()).toBe(before);
}

/** Output of `git status` for the project. */
export function gitStatus(): string {
  return execFileSync('git', ['status', '--porcelain'], { cwd: projectRoot }).toString();
}

/** Texts of all files below a folder. */
export function filesBelow(directory: string): string[] {
  return filesUnder(directory).map((file) => fs.readFileSync(file, 'utf8'));
}
