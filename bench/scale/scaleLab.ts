import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as readline from 'node:readline';
import { settingsFile } from '../../cli/run/pulumi';
import { projectRoot } from '../../lib/paths';
import { type Access, scaleLab } from './lab';
import { type Memory, watchMemory } from './memory';
import type { Counts } from './undercloud';

const name = 'scale';

/** What one command of `./dcn` took. */
export interface Cost {
  seconds: number;
  /** Processor time of `./dcn` and all processes that it starts, in seconds. */
  processor: number;
  memory: Memory;
  counts: Counts;
}

/** A lab on a simulated undercloud. */
export class ScaleLab {
  private sites: number[] = [];

  private constructor(
    private readonly directory: string,
    private readonly access: Access,
    private readonly undercloud: ChildProcess,
    private readonly lines: AsyncIterator<string>,
  ) {}

  /** @param faster how many times faster than life TripleO's verbs are */
  static async open(faster: number): Promise<ScaleLab> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-bench-scale-'));
    const program = [path.join(__dirname, 'undercloud.ts'), path.join(directory, 'key'), String(faster)];
    const undercloud = spawn(
      'python3',
      [
        path.join(__dirname, 'reaper.py'),
        path.join(directory, 'kit.json'),
        path.join(projectRoot, 'node_modules/.bin/tsx'),
        ...program,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const lines = readline.createInterface({ input: undercloud.stdout })[Symbol.asyncIterator]();
    const access = JSON.parse((await lines.next()).value as string) as Access;
    return new ScaleLab(directory, access, undercloud, lines);
  }

  private get file(): string {
    return path.join(this.directory, `Pulumi.${name}.yaml`);
  }

  /** The lab's directory on the undercloud. */
  private get records(): string {
    return path.join(this.access.home, 'dcn', name);
  }

  private get stacks(): string {
    return path.join(this.directory, 'state', name, 'pulumi/.pulumi/stacks/glance-dcn');
  }

  /** Writes the lab file. @param memory as in `scaleLab` */
  write(sites: number, memory?: number): void {
    this.sites = Array.from({ length: sites }, (_, site) => site);
    fs.writeFileSync(this.file, scaleLab(this.access, this.sites, memory));
  }

  /** What the undercloud has counted since the last call. @param order a line for the undercloud */
  async counts(order = ''): Promise<Counts> {
    this.undercloud.stdin?.write(`${order}\n`);
    return JSON.parse((await this.lines.next()).value as string) as Counts;
  }

  /** Runs `./dcn`. @throws Error if it fails */
  async dcn(...words: string[]): Promise<Cost> {
    await this.counts();
    const used = path.join(this.directory, 'used.json');
    const log = path.join(this.directory, `${words.join('-')}.log`);
    const output = fs.openSync(log, 'w');
    const began = process.hrtime.bigint();
    const child = spawn(
      'python3',
      [path.join(__dirname, 'reaper.py'), used, './dcn', '--lab', this.file, ...words],
      {
        cwd: projectRoot,
        env: { ...process.env, GLANCE_DCN_STATE: path.join(this.directory, 'state') },
        stdio: ['ignore', output, output],
      },
    );
    fs.closeSync(output);
    const watch = watchMemory(child.pid as number);
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    const memory = watch.end();
    if (code !== 0) {
      throw new Error(
        `./dcn ${words.join(' ')} ended with ${code}:\n${fs.readFileSync(log, 'utf8').slice(-3000)}`,
      );
    }
    const { seconds: processor } = JSON.parse(fs.readFileSync(used, 'utf8')) as { seconds: number };
    return { seconds, processor, memory, counts: await this.counts() };
  }

  /**
   * Makes a lab of that many edge sites of this one with its only site, dcn0, by copies of the site's records, stores and stacks: a lab that
   * large as it is read, without the hours of its deployment.
   */
  async grow(sites: number): Promise<void> {
    const copyInto = (from: string, to: string, site: number): void => {
      if (fs.lstatSync(from).isSymbolicLink()) {
        fs.symlinkSync(fs.readlinkSync(from), to);
      } else if (fs.statSync(from).isDirectory()) {
        fs.mkdirSync(to, { recursive: true });
        fs.readdirSync(from).forEach((entry) => copyInto(path.join(from, entry), path.join(to, entry), site));
      } else {
        fs.writeFileSync(to, fs.readFileSync(from, 'utf8').replace(/\bdcn0\b/g, `dcn${site}`), {
          mode: 0o600,
        });
      }
    };
    const copy = (from: string, site: number): void =>
      copyInto(from, from.replace(/dcn0/g, `dcn${site}`), site);
    for (let site = 1; site < sites; site += 1) {
      copy(path.join(this.records, 'jobs/dcn0'), site);
      copy(path.join(this.records, 'dcn0'), site);
      copy(path.join(this.records, 'stores/dcn0.json'), site);
      copy(path.join(this.stacks, `${name}-dcn0.json`), site);
    }
    this.write(sites);
    await this.counts(`stores ${sites}`);
  }

  /** MiB of the records on the undercloud, and of Pulumi's state. */
  sizes(): { records: number; state: number } {
    return {
      records: mebibytes(this.records),
      state: mebibytes(path.join(this.directory, 'state')),
    };
  }

  /** Ends the undercloud, and removes everything. @returns processor time of the kit and of the simulation, in seconds */
  async close(): Promise<number> {
    const ended = new Promise((resolve) => this.undercloud.on('close', resolve));
    this.undercloud.stdin?.end();
    await ended;
    const { seconds } = JSON.parse(fs.readFileSync(path.join(this.directory, 'kit.json'), 'utf8')) as {
      seconds: number;
    };
    fs.rmSync(this.directory, { recursive: true, force: true });
    const settings = path.dirname(settingsFile(name));
    fs.readdirSync(settings)
      .filter((file) => new RegExp(`^Pulumi\\.${name}(-.*)?\\.yaml$`).test(file))
      .forEach((file) => fs.rmSync(path.join(settings, file)));
    return seconds;
  }
}

function mebibytes(directory: string): number {
  let bytes = 0;
  for (const entry of fs.readdirSync(directory, { recursive: true, withFileTypes: true })) {
    bytes += entry.isFile() ? fs.statSync(path.join(entry.parentPath, entry.name)).size : 0;
  }
  return bytes / 2 ** 20;
}
