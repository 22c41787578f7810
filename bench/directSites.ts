import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { projectRoot } from '../lib/paths';
import { FakeGlance } from '../test/kit/fakeGlance';
import type { Figures } from './measure';

/*
 * The direct way to many sites: the kit's real code, with its programs for readers and writers, and the tests' stand-ins for
 * Glance, ssh and Ceph clusters on this machine. The stand-in for ssh lets each site take no more bytes per second than a WAN
 * link. All sites share this machine's processors, which writing and reading back at real sites do not.
 */

const mebibyte = 2 ** 20;
const central = '10.0.0.30';

/** An undercloud's home with the kit and the stores of this many sites. */
class DirectSites {
  readonly home = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-bench-sites-'));
  readonly glance = new FakeGlance(this.home);
  readonly sites: string[];

  /** @param rate of each site's WAN, in bytes per second */
  constructor(count: number, rate: number) {
    this.sites = Array.from({ length: count }, (_, index) => `dcn${index}`);
    this.glance.stores = ['central', ...this.sites];
    this.glance.locationQuota = Infinity;
    fs.cpSync(path.join(projectRoot, 'kit'), path.join(this.home, 'dcn/bench/kit'), { recursive: true });
    this.write('container-glance_api', '');
    this.write('dcn/bench/control-plane/hosts.json', JSON.stringify({ 'node-c': host('node-c', central) }));
    this.addStore('central', 'control-plane', central);
    this.sites.forEach((site, index) => {
      const address = `10.1.${Math.floor(index / 250)}.${(index % 250) + 1}`;
      this.addStore(site, site, address);
      this.write(`wan-rate-${address}`, String(rate));
    });
  }

  private addStore(store: string, site: string, address: string): void {
    const node = { name: `node-${store}`, address };
    const names = { site, store, description: store, cluster: store, stack: site };
    const file = `dcn/bench/stores/${store === 'central' ? 'own/' : ''}${store}.json`;
    this.write(file, JSON.stringify({ ...names, node, pools: [], digest: 'x' }));
    this.write(`dcn/bench/${site}/known_hosts`, `${address} ssh-ed25519 AAAA\n`);
    this.write(`ceph/${store}/fsid`, `fsid-of-${store}\n`);
    fs.mkdirSync(path.join(this.home, 'ceph', store, 'images'));
  }

  private write(relative: string, text: string): void {
    const file = path.join(this.home, relative);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }

  /** Copies an image to all sites by the direct way. */
  async copy(image: string): Promise<Usage> {
    const words = ['images', 'copy', image, '--direct', '--json', '--to', ...this.sites];
    const fakes = path.join(projectRoot, 'test/kit/fakes');
    const began = process.hrtime.bigint();
    const child = spawn('python3', [path.join(this.home, 'dcn/bench/kit'), ...words], {
      env: { HOME: this.home, PATH: `${fakes}:${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    const usage = { memory: 0, processor: 0, ofSites: 0 };
    const watch = setInterval(() => Object.assign(usage, usageOf(child.pid as number, usage)), 100);
    const code = await new Promise((resolve) => child.on('close', resolve));
    clearInterval(watch);
    if (code !== 0) {
      throw new Error(`kit ${words.join(' ')}: exit ${String(code)}: ${errors}`);
    }
    const rows = JSON.parse(output) as { sentBytes: Record<string, number> }[];
    const sent = Object.values(rows[0]?.sentBytes ?? {});
    return {
      ...usage,
      seconds: Number(process.hrtime.bigint() - began) / 1e9,
      sent: sent.reduce((sum, bytes) => sum + bytes, 0),
    };
  }

  /** How often an image was read at central. */
  reads(): number {
    const calls = fs.readFileSync(path.join(this.home, 'rbd-calls'), 'utf8').split('\n');
    return calls.filter((line) => line.startsWith('central export ')).length;
  }

  async close(): Promise<void> {
    await this.glance.close();
    fs.rmSync(this.home, { recursive: true });
  }
}

const host = (name: string, address: string): object => ({ instanceId: name, devices: [], address });

/** What one copy has used. */
interface Usage extends ProcessUsage {
  seconds: number;
  /** Bytes that the kit sent in all. */
  sent: number;
}

interface ProcessUsage {
  /** The process's own peak of memory, in bytes. */
  memory: number;
  /** Its own processor time, in seconds. */
  processor: number;
  /** Processor time of the ended programs that the process started, in seconds. */
  ofSites: number;
}

/** What a process has used so far; `last` if the process has ended. */
function usageOf(pid: number, last: ProcessUsage): ProcessUsage {
  try {
    const peak = /^VmHWM:\s*(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '');
    const [user, system, userOfChildren, systemOfChildren] = stat.split(' ').slice(11, 15).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    return peak === undefined
      ? last
      : {
          memory: Number(peak) * 1024,
          processor: (user + system) / 100,
          ofSites: (userOfChildren + systemOfChildren) / 100,
        };
  } catch {
    return last;
  }
}

const columns = [
  'direct way, simulated sites',
  'time (s)',
  'against one site',
  'reads at central',
  "kit's memory (MiB)",
  "kit's processor time (s)",
  'that of the simulated sites (s)',
];

const many = 100;

/**
 * One image half empty, then its next version with 1 % changed, to one site and to many: a row each.
 *
 * @param realMib size of an image; the simulated one is a 32nd of it on a WAN that is 32 times slower, because the disks of all sites
 *   are on this machine: so a copy takes the time that it takes over 20 Mbit/s
 */
export async function directSites(realMib: number): Promise<Figures[]> {
  const mib = Math.max(4, Math.round(realMib / 32));
  const rate = ((20e6 / 8) * mib) / realMib;
  const first = Buffer.concat([randomBytes((mib * mebibyte) / 2), Buffer.alloc((mib * mebibyte) / 2)]);
  const next = Buffer.from(first);
  randomBytes(Math.round(first.length / 100)).copy(next, mebibyte);
  const rows: string[][] = [];
  const one: Record<string, number> = {};
  for (const count of [1, many]) {
    const lab = new DirectSites(count, rate);
    await lab.glance.open();
    try {
      for (const [name, data] of Object.entries({ image: first, 'next version': next })) {
        lab.glance.add(name, ['central']);
        lab.glance.refill(name, data);
        const before = fs.existsSync(path.join(lab.home, 'rbd-calls')) ? lab.reads() : 0;
        const usage = await lab.copy(name);
        one[name] ??= usage.seconds;
        const share = ((100 * usage.sent) / count / first.length).toFixed(1);
        rows.push([
          `${name} of ${mib} MiB to ${count}, ${share} % of it sent to each`,
          usage.seconds.toFixed(1),
          (usage.seconds / one[name]).toFixed(2),
          String(lab.reads() - before),
          (usage.memory / mebibyte).toFixed(1),
          usage.processor.toFixed(1),
          usage.ofSites.toFixed(1),
        ]);
        console.error(`bench: ${rows[rows.length - 1]?.join(', ')}`);
      }
    } finally {
      await lab.close();
    }
  }
  return [{ columns, rows }];
}
