import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import * as readline from 'node:readline';
import { type KitProcess, TestUndercloud, compiledKit, fakes, python } from '../undercloud';

/** A fault at a numbered write of a process of the kit (faults.py). */
export interface Fault {
  /** The process: two words of a verb, such as `stores register`, or the job of a supervisor. */
  role: string;
  /** Number of the write, from 1. */
  at: number;
  /** kill -9 before the write; no space on the disk from the write on; an input/output error in the write. */
  kind: 'kill' | 'full' | 'io';
}

/** Characters for the arguments and environment that /proc shows of a fork. */
const room = 4096;

/** The process that has imported the kit and forks each verb of it (zygote.py). */
export class Zygote {
  private readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'kit-zygote-'));
  private readonly process: ChildProcess;
  private readonly verbs = new Map<number, EventEmitter>();
  private last = 0;
  private errors = '';

  private constructor() {
    const { PATH } = process.env;
    this.process = spawn(
      python(),
      [path.join(__dirname, 'zygote.py'), compiledKit(), fakes, this.socket, 'x'.repeat(room)],
      { env: { PATH, ROOM: 'x'.repeat(room) }, stdio: ['pipe', 'pipe', 'pipe'] },
    );
    this.process.stderr?.on('data', (data: Buffer) => (this.errors += String(data)));
  }

  /** Starts it, and waits until it serves. */
  static async start(): Promise<Zygote> {
    const zygote = new Zygote();
    const lines = readline.createInterface({ input: zygote.process.stdout as NodeJS.ReadableStream });
    await new Promise<void>((resolve, reject) => {
      zygote.process.once('exit', () => reject(new Error(`zygote.py ended: ${zygote.errors}`)));
      lines.on('line', (line) => {
        const { id, pid, code } = JSON.parse(line) as { id?: number; pid?: number; code?: number };
        if (id === undefined) {
          resolve();
        } else if (pid !== undefined) {
          zygote.verbs.get(id)?.emit('pid', pid);
        } else {
          zygote.verbs.get(id)?.emit('exit', code);
          zygote.verbs.delete(id);
        }
      });
    });
    return zygote;
  }

  private get socket(): string {
    return path.join(this.directory, 'socket');
  }

  /** Starts a verb of a lab's kit in a home directory. */
  fork(words: string[], home: string, lab: string, fault: Fault | undefined): KitProcess {
    this.last += 1;
    const id = this.last;
    const events = new EventEmitter();
    this.verbs.set(id, events);
    const connect = (stream: string, more: object = {}): net.Socket => {
      const socket = net.connect({ path: this.socket, allowHalfOpen: true });
      socket.on('error', () => undefined);
      socket.write(`${JSON.stringify({ id, stream, ...more })}\n`);
      return socket;
    };
    const stdin = connect('stdin', { words, home, lab, fault: fault ?? null });
    const [stdout, stderr] = [connect('stdout'), connect('stderr')];
    let pid: number | undefined;
    events.once('pid', (number: number) => (pid = number));
    const read = [stdout, stderr].map((stream) => new Promise((resolve) => stream.once('end', resolve)));
    const exit = new Promise<number>((resolve) => events.once('exit', resolve));
    void Promise.all([exit, ...read]).then(([code]) => {
      [stdin, stdout, stderr].forEach((stream) => stream.destroy());
      // As of a child process: null if a signal ended it.
      events.emit('close', code < 0 ? null : code);
    });
    // As of a child process: false if it has ended.
    const kill = (signal?: NodeJS.Signals | number): boolean => {
      try {
        return pid !== undefined && process.kill(pid, signal);
      } catch {
        return false;
      }
    };
    return { pid, stdin, stdout, stderr, kill, on: events.on.bind(events) as KitProcess['on'] };
  }

  /** Ends it; processes of the kit that it has started go on. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('close', resolve));
    this.process.stdin?.end();
    await ended;
    fs.rmSync(this.directory, { recursive: true });
  }
}

/** An undercloud whose kit runs in forks of a zygote. Its home is in memory: lives write much, and no disk loses its power in them. */
export class ForkedUndercloud extends TestUndercloud {
  /** The fault of verbs that start from now on. */
  fault: Fault | undefined;

  constructor(private readonly zygote: Zygote) {
    super(['dev'], '/dev/shm');
  }

  protected override spawn(words: string[], lab: string): KitProcess {
    return this.zygote.fork(words, this.home, this.lab(lab), this.fault);
  }
}
