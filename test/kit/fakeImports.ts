import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ago, FakeImages, type Image, type Task } from './fakeImages';
import { type Properties, Refusal } from './imageFields';

/** A property that lists stores, as Glance writes it: sorted (glance async_/flows/api_image_import.py). */
const list = (stores: string[]): string => [...stores].sort().join(',');

/** Seconds without an update of its task after which an import's lock goes to another import. */
const expiry = ({ status }: Task): number => (status === 'pending' ? 7200 : 3600);

/** Images in memory, with the rules of the Image API v2.12 for imports that the kit relies on. */
export class FakeImports extends FakeImages {
  /** Stores in which every copy fails. */
  failing = new Set<string>();
  /** What the task of such a copy says, before the store. */
  failure = 'no route to';
  /** Stores at which an import neither ends nor fails, as when its glance-api was killed. */
  readonly stuck = new Set<string>();
  /** Seconds that a copy takes at each store. */
  copySeconds = 0.2;
  /** Seconds between the answer to an import and its start; twice as many between its last copy and the end of its lock. */
  pauseSeconds = 0.05;
  /** Seconds between two messages of how much of an image was copied to a store (glance: 60). */
  reportSeconds = 60;
  /** Images whose import runs in this glance-api. */
  readonly importing = new Set<string>();
  /** How often this glance-api was restarted, which ends its imports. */
  private restarts = 0;

  /** Locks an image by a task that was last updated `secondsAgo`; `gone`: Glance has deleted the task. */
  hold(
    name: string,
    secondsAgo: number,
    status: 'processing' | 'pending' | 'success' | 'gone' = 'processing',
  ): void {
    const id = randomUUID();
    if (status !== 'gone') {
      this.named(name)?.tasks.push({ id, status, message: '', updated_at: ago(secondsAgo) });
    }
    this.change(name, { os_glance_import_task: id });
  }

  /** Sets back the time of the latest update of an image's tasks. */
  silence(name: string, secondsAgo: number): void {
    this.named(name)?.tasks.forEach((task) => (task.updated_at = ago(secondsAgo)));
  }

  /** Starts glance-api again with these stores: its imports end, and leave their locks. Gives the images of these imports. */
  restart(stores: string[]): string[] {
    const ended = [...this.importing];
    this.restarts += 1;
    this.importing.clear();
    this.stores = stores;
    return ended;
  }

  override clear(): void {
    super.clear();
    this.restart([]);
  }

  /** The import method copy-image: its checks in Glance's order, then one store after the other, as the request has them. */
  protected copy(image: Image, body: { stores: string[]; all_stores_must_succeed?: boolean }): [number] {
    if (image.properties.status !== 'active') {
      throw new Refusal(409, 'Only images with status active can be targeted for copying');
    }
    this.takeOverLock(image);
    const unknown = body.stores.find((store) => !this.stores.includes(store));
    if (unknown) {
      throw new Refusal(409, `Store for identifier ${unknown} not found`);
    }
    const present = body.stores.find((store) => image.stores.includes(store));
    if (present) {
      throw new Refusal(400, `Image is already present at store '${present}'`);
    }
    const id = randomUUID();
    image.properties.os_glance_import_task = id;
    const task: Task = { id, status: 'processing', message: '', updated_at: ago(0) };
    image.tasks.push(task);
    void this.import(image, task, body.stores, body.all_stores_must_succeed ?? true);
    return [202];
  }

  /** Only another import ends the lock of a dead import (glance api/v2/images.py _enforce_import_lock). */
  private takeOverLock(image: Image): void {
    const lock = image.properties.os_glance_import_task;
    if (!lock) {
      return;
    }
    const task = image.tasks.find(({ id }) => id === lock);
    if (task) {
      if (Date.now() - Date.parse(`${task.updated_at}Z`) < expiry(task) * 1000) {
        throw new Refusal(409, 'Image has active task');
      }
      Object.assign(task, { status: 'failure', message: 'Expired lock preempted' });
    }
    for (const key of ['os_glance_import_task', 'os_glance_importing_to_stores', 'os_glance_failed_import']) {
      delete (image.properties as Properties)[key];
    }
  }

  /** The time of a copy to one store, with the messages of its task, the last of which stays. */
  private async write(image: Image, task: Task): Promise<void> {
    const mebibytes = (image.data?.length ?? 0) / 2 ** 20;
    let gone = 0;
    for (; this.copySeconds - gone > this.reportSeconds; gone += this.reportSeconds) {
      await pause(this.reportSeconds * 1000);
      const copied = Math.floor((mebibytes * (gone + this.reportSeconds)) / this.copySeconds);
      Object.assign(task, { message: `Copied ${copied} MiB`, updated_at: ago(0) });
    }
    await pause((this.copySeconds - gone) * 1000);
  }

  private async import(image: Image, task: Task, stores: string[], allMustSucceed: boolean): Promise<void> {
    const { name } = image.properties;
    const restarts = this.restarts;
    const ended = (): boolean => this.restarts !== restarts;
    this.importing.add(name);
    try {
      await this.copyToEach(image, task, stores, allMustSucceed, ended);
    } finally {
      if (!ended()) {
        this.importing.delete(name);
      }
    }
  }

  private async copyToEach(
    image: Image,
    task: Task,
    stores: string[],
    allMustSucceed: boolean,
    ended: () => boolean,
  ): Promise<void> {
    const properties = image.properties as Properties;
    const lostLock = (): boolean => ended() || properties.os_glance_import_task !== task.id;
    await pause(this.pauseSeconds * 1000);
    if (lostLock()) {
      return;
    }
    Object.assign(properties, {
      os_glance_importing_to_stores: list(stores),
      os_glance_failed_import: '',
    });
    const failed: string[] = [];
    for (const [index, store] of stores.entries()) {
      if (this.stuck.has(store)) {
        return;
      }
      // An import reads the locations before it writes data, and saves them afterwards.
      const read = [...image.stores];
      await this.write(image, task);
      if (lostLock()) {
        return;
      }
      image.stores = read;
      task.updated_at = ago(0);
      if (this.failing.has(store)) {
        failed.push(store);
        task.message = `${this.failure} ${store}`;
      } else {
        this.put(image, store);
      }
      properties.os_glance_importing_to_stores = list(stores.slice(index + 1));
      properties.os_glance_failed_import = list(failed);
    }
    if (allMustSucceed && failed.length > 0) {
      image.stores = image.stores.filter((store) => !stores.includes(store));
    }
    // The store list is empty some time before the lock goes, and the task says success whatever became of the stores.
    await pause(2 * this.pauseSeconds * 1000);
    if (!lostLock()) {
      task.status = 'success';
      delete properties.os_glance_import_task;
    }
  }
}
