import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import { verbs } from '../../../kit/verbs';
import { FakeGlance } from '../fakeGlance';
import { fragments } from '../storeLab';
import { addClone } from '../imageLab';
import { type Ended, type Running, type TestUndercloud, until } from '../undercloud';
import { behaviour, probe } from './behaviour';
import {
  type Resource,
  addressOf,
  control,
  controlPlaneResources,
  grace,
  hostOf,
  imageResource,
  restoredImages,
  siteResources,
  sites,
} from './resources';

/** A state of the lab that must not occur. */
export class Violation extends Error {}

/** Stack of the images, which are not of one site. */
const imageStack = 'images';

/**
 * The life of one lab: the wishes of its operator, the state of Pulumi, and the state of the fakes. Its methods call the kit as Pulumi
 * and `./dcn` do, resource by resource.
 */
export class Life {
  readonly glance: FakeGlance;
  /** Sites of the lab file, each with the number of its latest change. */
  readonly sites = new Map([['dcn0', 1]]);
  /** Images of the lab file, each with the sites whose stores shall have the image. */
  readonly images = new Map([['lab-a', new Set(['dcn0'])]]);
  /** Images of users: an image has data as long as the control plane stands, unless its only copies were at a lost site. */
  readonly saved = new Set<string>();
  /** Sites whose Ceph cluster is lost, until `destroy` of the site. */
  readonly lost = new Set<string>();
  /** Ids of the images whose only copies were at a lost site: `stores forget` takes the copies from Glance, then deletes the image. */
  private readonly condemned = new Set<unknown>();
  /** How often a site was destroyed. */
  private readonly ended = new Map<string, number>();
  /** Copies that an operator has removed, as `image@store`. */
  readonly removed = new Set<string>();
  /** The deployed resources of each stack, in the order of their creation. */
  readonly state = new Map<string, Map<string, Resource>>();
  /** Events, for the report of a violation. */
  readonly trace: string[] = [];
  /** How many verbs of the kit were called. */
  calls = 0;
  private readonly violations: string[] = [];
  /** Emits `killed`. */
  private readonly pulumi = new EventEmitter().setMaxListeners(0);
  /** Pulumi's locks of stacks. */
  private locks = new Set<string>();
  /** Calls of the kit under way; some have outlived Pulumi. */
  private readonly underWay = new Set<Promise<boolean>>();

  /** @param patience seconds after which a verb is interrupted, as an impatient operator does */
  constructor(
    readonly here: TestUndercloud,
    private patience: number,
  ) {
    this.glance = new FakeGlance(here.home);
    this.glance.down = true;
    this.glance.copySeconds = 0.005;
    this.glance.pauseSeconds = 0.005;
    this.glance.notice = (words) => this.noticed(words);
  }

  async open(): Promise<void> {
    await this.glance.open();
    const { here } = this;
    here.write('container-glance_api', '');
    here.write('dcn/dev/kit/hosts/onnode/probe.sh', probe);
    [control, ...sites].forEach((site) => this.makeHost(site));
    here.behave(behaviour(new URL(this.glance.url).port, fragments.stores));
    ['lab-a', 'lab-b'].forEach((name) => here.write(`sources/${name}`, name.repeat(200)));
  }

  /** A site gets a host, with a blank disk, in place of the host that it has. */
  private makeHost(site: string): void {
    const number = this.ended.get(site) ?? 0;
    this.here.write(`id-of-${hostOf(site)}`, `${number}`.padStart(32, '0'));
    fs.rmSync(this.here.path(`disk-of-${hostOf(site)}`), { force: true });
  }

  async close(): Promise<void> {
    await this.here.close();
    await this.glance.close();
  }

  /** The answers of the fake programs about the control plane. */
  private noticed([what, ...stores]: string[]): void {
    if (what === 'twice') {
      this.violations.push(`two at once: ${stores.join('/')}`);
    } else if (what === 'orphan') {
      this.killPulumi();
    } else if (what === 'deleted') {
      this.glance.clear();
      this.glance.down = true;
      this.saved.clear();
    } else {
      const ended = this.glance.restart(['central', ...stores.filter(Boolean)]);
      this.glance.down = false;
      if (ended.length > 0) {
        this.violations.push(`glance-api was restarted during imports of ${ended.join(', ')}`);
      }
    }
    this.trace.push(`  notice: ${what} ${stores.join(' ')}`);
  }

  /** @throws Violation if the lab is in a state that must not occur */
  checkAlways(): void {
    const lost = this.glance
      .names()
      .filter((name) => this.glance.property(name, 'status') === 'active')
      .filter((name) => !this.condemned.has(this.glance.property(name, 'id')))
      .filter((name) => this.glance.lacking(name).length === this.glance.where(name)?.length)
      .filter((name) => !this.glance.where(name)?.some((store) => this.lost.has(store)));
    const gone = [...this.saved].filter((name) => this.glance.where(name) === undefined);
    const faults = [
      ...this.violations,
      ...lost.map((name) => `image ${name}: is active, and no store has its data`),
      ...gone.map((name) => `image ${name}: was deleted, and nobody has asked for that`),
    ];
    if (faults.length > 0) {
      throw new Violation(faults.join('\n'));
    }
  }

  /** Runs a verb of the kit. After `patience` the verb is interrupted, then killed. */
  async kit(words: readonly string[], document = ''): Promise<Ended> {
    this.calls += 1;
    const running = this.here.start([...words], document);
    const ended = await this.within(running);
    const last = ended.stderr.trimEnd().split('\n').slice(-3).join(' | ').slice(-400);
    this.trace.push(`  ${words.join(' ')}: ${ended.code}${ended.code === 0 ? '' : ` ${last}`}`);
    return ended;
  }

  private async within(running: Running): Promise<Ended> {
    const signals: NodeJS.Signals[] = ['SIGINT', 'SIGKILL'];
    const timer = setInterval(() => {
      this.trace.push(`  (${signals[0]} after ${this.patience} s)`);
      running.kill(signals.shift() ?? 'SIGKILL');
    }, this.patience * 1000);
    try {
      return await running.ended;
    } finally {
      clearInterval(timer);
    }
  }

  /** Calls the kit for Pulumi. Gives whether the verb succeeded; false at once if Pulumi is killed, and the verb goes on. */
  private async forPulumi(words: readonly string[], document?: string): Promise<boolean> {
    const call = this.kit(words, document).then(({ code }) => code === 0);
    this.underWay.add(call);
    void call.finally(() => this.underWay.delete(call));
    const killed = new Promise<boolean>((resolve) => this.pulumi.once('killed', () => resolve(false)));
    return Promise.race([call, killed]);
  }

  /** Works on a stack under Pulumi's lock. Gives whether the work succeeded; false if the stack is locked. */
  private async locked(stack: string, work: () => Promise<boolean>): Promise<boolean> {
    const { locks } = this;
    if (locks.has(stack)) {
      return false;
    }
    locks.add(stack);
    try {
      return await work();
    } finally {
      locks.delete(stack);
    }
  }

  /** kill -9 of all `./dcn` and Pulumi: verbs of the kit go on, and the next `./dcn` removes the locks of stacks. */
  killPulumi(): void {
    this.locks = new Set();
    this.pulumi.emit('killed');
  }

  /** `pulumi up` of a stack: creates and updates the resources that the state lacks. Gives whether all of them succeeded. */
  private async deploy(stack: string, resources: Resource[]): Promise<boolean> {
    const state = this.stateOf(stack);
    for (const resource of resources) {
      const known = state.get(resource.name);
      if (known?.document !== resource.document || !known) {
        const { words, update = words } = resource;
        if (!(await this.forPulumi(known ? update : words, resource.document))) {
          return false;
        }
        state.set(resource.name, resource);
      }
    }
    return true;
  }

  private stateOf(stack: string): Map<string, Resource> {
    const state = this.state.get(stack) ?? new Map<string, Resource>();
    this.state.set(stack, state);
    return state;
  }

  /** `./dcn up`: the control plane, then all sites side by side, then the images. Gives whether all stacks succeeded. */
  async up(): Promise<boolean> {
    if (!(await this.locked(control, () => this.deploy(control, controlPlaneResources(this.here))))) {
      return false;
    }
    const sites = [...this.sites].map(([site, change]) =>
      this.locked(site, () => this.deploy(site, siteResources(this.here, site, change))),
    );
    return (await Promise.all(sites)).every(Boolean) && this.locked(imageStack, () => this.upImages());
  }

  /** `pulumi up` of the images: also removes images that are no longer in the lab file. */
  private async upImages(): Promise<boolean> {
    const wanted = [...this.images].map(([name, sites]) =>
      imageResource(this.here, name, this.hostsOf(sites)),
    );
    const dropped = this.stateImages().filter((name) => !this.images.has(name));
    const done = await Promise.all(wanted.map((image) => this.deploy(imageStack, [image])));
    return (
      done.every(Boolean) &&
      (await this.deploy(imageStack, [restoredImages([...this.images.keys()])])) &&
      this.remove(imageStack, dropped)
    );
  }

  /** The images in the state. */
  private stateImages(): string[] {
    return [...this.stateOf(imageStack).keys()].filter((name) => name !== restoredImages([]).name);
  }

  /** The hosts of the sites in the lab file: a site that is made again has new hosts. */
  private hostsOf(sites: Set<string>): Record<string, string> {
    const standing = [...sites].filter((site) => this.sites.has(site)).sort();
    return Object.fromEntries(standing.map((site) => [site, `hosts ${this.ended.get(site) ?? 0}`]));
  }

  /** Undoes resources of a stack, the last first. Gives whether all resources were undone. */
  private async remove(stack: string, names: string[]): Promise<boolean> {
    const state = this.stateOf(stack);
    for (const name of [...names].reverse()) {
      const { undo, document } = state.get(name) as Resource;
      if (undo && !(await this.forPulumi(undo, document))) {
        return false;
      }
      state.delete(name);
    }
    return true;
  }

  /** `./dcn destroy SITE`. Gives whether the site is destroyed. */
  async destroySite(site: string): Promise<boolean> {
    return this.leaving(site, async () => {
      const done = await this.locked(site, () => this.remove(site, [...this.stateOf(site).keys()]));
      if (done) {
        this.state.delete(site);
        this.sites.delete(site);
        this.lost.delete(site);
        this.ended.set(site, (this.ended.get(site) ?? 0) + 1);
        this.makeHost(site);
      }
      return done;
    });
  }

  /** `./dcn destroy`: of the whole lab. */
  async destroyAll(): Promise<boolean> {
    return this.leaving(control, async () => {
      this.stateOf(imageStack).delete(restoredImages([]).name);
      if (!(await this.locked(imageStack, () => this.remove(imageStack, this.stateImages())))) {
        return false;
      }
      const sites = await Promise.all([...this.sites.keys()].map((site) => this.destroySite(site)));
      return sites.every(Boolean) && this.destroySite(control);
    });
  }

  private async leaving(site: string, work: () => Promise<boolean>): Promise<boolean> {
    const marked = this.here.open([...verbs.site.leave(site).words]);
    let over = false;
    void marked.ended.then(() => (over = true));
    // If another process has marked the site, this process ends at once.
    await until(
      () => over || this.here.exists(`dcn/dev/stores/announced/${site}.going`),
      `${site} to leave`,
      120,
    );
    try {
      return await work();
    } finally {
      marked.endInput();
      await marked.ended;
    }
  }

  /** A site is lost with its Ceph cluster: `./dcn destroy SITE --site-lost`. Gives whether the site is destroyed. */
  async lose(site: string): Promise<boolean> {
    this.lost.add(site);
    fs.rmSync(this.here.path(`ceph/${site}`), { recursive: true, force: true });
    this.here.write('unreachable', `${addressOf(site)}\n`);
    for (const name of this.glance.names()) {
      if (this.glance.where(name)?.every((store) => store === site)) {
        this.condemned.add(this.glance.property(name, 'id'));
        this.saved.delete(name);
      }
    }
    const { code } = await this.kit([...verbs.stores.forget(site).words, ...grace]);
    return code === 0 && this.destroySite(site);
  }

  /** The lab file of a site changes, and with `key` the key of its Ceph cluster. */
  change(site: string, key: boolean): void {
    const number = this.sites.get(site);
    if (number !== undefined) {
      this.sites.set(site, number + 1);
      if (key) {
        this.here.write(`ceph-of-${site}`, String(number + 1));
      }
    }
  }

  /** A user saves an image, such as a snapshot of a server, in one store. */
  save(name: string, store: string): void {
    const exists = this.glance.down || this.glance.where(name) !== undefined;
    if (!exists && this.glance.stores.includes(store) && !this.lost.has(store)) {
      this.glance.add(name, [store]);
      this.saved.add(name);
    }
  }

  async copy(name: string, store: string): Promise<void> {
    await this.kit(['images', 'copy', name, '--to', store]);
    if (this.glance.where(name)?.includes(store)) {
      this.removed.delete(`${name}@${store}`);
    }
  }

  async removeCopy(name: string, store: string): Promise<void> {
    await this.kit(['images', 'remove', name, '--from', store]);
    if (!this.glance.where(name)?.includes(store)) {
      this.removed.add(`${name}@${store}`);
    }
  }

  /** A server starts at a store, as a clone of an image. */
  clone(name: string, store: string): void {
    const id = this.glance.property(name, 'id');
    if (typeof id === 'string' && this.glance.where(name)?.includes(store)) {
      addClone(this.here, store, id);
    }
  }

  /** All servers are deleted. */
  unclone(): void {
    for (const store of this.glance.stores) {
      fs.rmSync(this.here.path(`ceph/${store}/children`), { recursive: true, force: true });
    }
  }

  /** Time passes: Glance has not heard of dead imports for hours. */
  wait(hours: number): void {
    const silent = this.glance.names().filter((name) => !this.glance.importing.has(name));
    silent.forEach((name) => this.glance.silence(name, hours * 3600 + 60));
  }

  /** The undercloud restarts. */
  restart(): void {
    this.here.kill();
    const uptime = fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0];
    this.here.write('boot', `boot-at-${uptime} ${uptime}`);
  }

  /**
   * All faults end, dead imports reach the age at which Glance forgets imports, the operator is patient, and lost sites are destroyed.
   *
   * @throws Violation if a lost site cannot be destroyed
   */
  async heal(): Promise<void> {
    this.glance.outages = [];
    [this.glance.stuck, this.glance.failing].forEach((stores) => stores.clear());
    ['step', 'fate', 'unreachable'].forEach((name) => this.here.write(name, ''));
    this.here.write('healed', 'yes');
    this.unclone();
    await Promise.all(this.underWay);
    await until(() => this.glance.importing.size === 0, 'the imports under way', 60);
    this.wait(3);
    this.patience = 120;
    for (const site of this.lost) {
      if (!(await this.lose(site))) {
        throw new Violation(`site ${site}: is lost, and cannot be destroyed`);
      }
    }
  }
}
