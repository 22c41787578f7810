import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type EngineEvent, EventLog, plain } from '../../cli/run/events';
import { duration } from '../../cli/run/duration';
import { type StepEvent, StackProgress } from '../../cli/run/progress';

const urn = (name: string): string => `urn:pulumi:dev-dcn0::glance-dcn::command:remote:Command::${name}`;
const before = (name: string, op = 'create'): EngineEvent => ({
  timestamp: 0,
  resourcePreEvent: { metadata: { op, urn: urn(name), type: 'command:remote:Command' } },
});
const after = (name: string): EngineEvent => ({
  timestamp: 0,
  resOutputsEvent: { metadata: { op: 'create', urn: urn(name), type: 'command:remote:Command' } },
});
const says = (name: string, message: string): EngineEvent => ({
  timestamp: 0,
  diagnosticEvent: { urn: urn(name), message: `<{%reset%}>${message}<{%reset%}>\n`, severity: 'info' },
});

/** The progress of a stack, with the lines and steps that it has announced, and a clock that the test sets. */
function following(total: number | undefined): {
  progress: StackProgress;
  said: string[];
  steps: StepEvent[];
  clock: { now: number };
} {
  const said: string[] = [];
  const steps: StepEvent[] = [];
  const clock = { now: 0 };
  const listener = {
    announce: (line: string) => void said.push(line),
    onStep: (event: StepEvent) => void steps.push(event),
  };
  return { progress: new StackProgress(total, listener, () => clock.now), said, steps, clock };
}

describe('progress of a stack', () => {
  it('shows what runs, since when, its last line, and how many commands are left', () => {
    const { progress, said, steps, clock } = following(4);
    progress.onEvent(before('dcn0-nodes', 'same'));
    progress.onEvent(before('dcn0-ceph-deploy'));
    clock.now = 65;
    progress.onEvent(says('dcn0-ceph-deploy', 'osd.0 is up'));
    expect(progress.line([])).toBe('dcn0-ceph-deploy (1 min 05 s): osd.0 is up · 2 to go');
    progress.onEvent(after('dcn0-ceph-deploy'));
    expect(said).toEqual(['dcn0-ceph-deploy: starts, 2 to go', 'dcn0-ceph-deploy: done after 1 min 05 s']);
    expect(steps).toEqual([
      { step: 'dcn0-ceph-deploy', event: 'starts' },
      { step: 'dcn0-ceph-deploy', event: 'done' },
    ]);
    expect(progress.changes).toBe(1);
  });

  it('takes a step as done that a stopped run has ended after all', () => {
    const { progress, said, steps } = following(1);
    progress.onEvent(before('dcn0-store-register'));
    progress.onEvent(says('dcn0-store-register', 'stores/update: waits for the end of run 1 [dcn:updates]'));
    expect(progress.awaitsUpdate).toBe(true);
    // The next run of the stack.
    progress.onEvent(before('dcn0-store-register', 'same'));
    expect(progress.awaitsUpdate).toBe(false);
    expect(said.at(-1)).toBe('dcn0-store-register: done after 0 s');
    expect(steps.at(-1)).toEqual({ step: 'dcn0-store-register', event: 'done' });
  });

  it('names the sites that the program waits for when no step runs', () => {
    const { progress } = following(4);
    expect(progress.line(['control-plane'])).toBe('working · 4 to go');
    progress.onEvent(before('dcn0-nodes'));
    expect(progress.line(['control-plane'])).toBe('dcn0-nodes (0 s) · 3 to go');
    progress.onEvent(after('dcn0-nodes'));
    expect(progress.line(['control-plane', 'external-ceph'])).toBe(
      'waits for control-plane, external-ceph · 3 to go',
    );
    expect(progress.line([])).toBe('working · 3 to go');
  });

  it('counts the commands that the program registers, without those that it deletes', () => {
    const { progress } = following(4);
    for (const [name, op] of [
      ['dcn0-nodes', 'same'],
      ['dcn0-ceph-deploy', 'create'],
      ['dcn0-hosts', 'create-replacement'],
      ['dcn0-hosts', 'replace'],
      ['dcn0-hosts', 'delete-replaced'],
      ['dcn0-old', 'delete'],
    ] as const) {
      progress.onEvent(before(name, op));
    }
    const component = before('dcn0', 'create').resourcePreEvent!.metadata;
    progress.onEvent({ timestamp: 0, resourcePreEvent: { metadata: { ...component, type: 'dcn:site' } } });
    expect(progress.registered).toBe(3);
  });

  it('shows how many commands are done if their total is not known', () => {
    const { progress, said } = following(undefined);
    progress.onEvent(before('dcn0-nodes', 'same'));
    progress.onEvent(before('dcn0-ceph-deploy'));
    expect(said).toEqual(['dcn0-ceph-deploy: starts, 1 done']);
  });

  it('names a step that failed', () => {
    const { progress, said, steps } = following(1);
    progress.onEvent(before('dcn0-register'));
    progress.onEvent({ timestamp: 0, resOpFailedEvent: after('dcn0-register').resOutputsEvent });
    expect(said[1]).toBe('dcn0-register: FAILED after 0 s');
    expect(steps[1]).toEqual({ step: 'dcn0-register', event: 'failed' });
  });

  it('learns from heartbeats which steps wait for a lock, and which hold one', () => {
    const { progress, steps } = following(4);
    const lockOf = (step: string): string | undefined =>
      step.endsWith('overcloud-stack') ? 'lock heat' : undefined;
    progress.onEvent(before('dcn0-overcloud-stack'));
    progress.onEvent(before('dcn0-node-provision'));
    expect(progress.lockUsers(lockOf)).toEqual([
      { step: 'dcn0-overcloud-stack' },
      { step: 'dcn0-node-provision' },
    ]);
    const mark =
      '[dcn:waits for="lock heat" holder="dcn1/overcloud-stack (lab dev)" since="2026-11-24T05:50:12Z"]';
    progress.onEvent(says('dcn0-overcloud-stack', `5 seconds ${mark}`));
    progress.onEvent(says('dcn0-overcloud-stack', `10 seconds ${mark}`));
    const wait = {
      for: 'lock heat',
      holder: 'dcn1/overcloud-stack (lab dev)',
      since: '2026-11-24T05:50:12Z',
    };
    expect(progress.lockUsers(lockOf)[0]).toEqual({ step: 'dcn0-overcloud-stack', wait });
    expect(progress.line([])).toBe(
      'dcn0-overcloud-stack (0 s): waits for lock heat, dcn0-node-provision (0 s) · 2 to go',
    );
    progress.onEvent(
      says('dcn0-overcloud-stack', 'dcn0/overcloud-stack: run 1, 15s, 1/1 openstack | merging [dcn:runs]'),
    );
    expect(progress.lockUsers(lockOf)[0]).toEqual({ step: 'dcn0-overcloud-stack', lock: 'lock heat' });
    progress.onEvent(after('dcn0-node-provision'));
    expect(progress.line([])).toBe(
      'dcn0-overcloud-stack (0 s): dcn0/overcloud-stack: run 1, 15s, 1/1 openstack | merging · 2 to go',
    );
    expect(steps.slice(2, 4)).toEqual([
      { step: 'dcn0-overcloud-stack', event: 'waits', wait },
      { step: 'dcn0-overcloud-stack', event: 'continues' },
    ]);
  });

  it('reads an event log while it is written, and each line once it is whole', () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
    try {
      const file = path.join(directory, 'events');
      const seen: EngineEvent[] = [];
      const log = new EventLog(file, (event) => seen.push(event));
      log.read();
      const text = `${JSON.stringify(before('a'))}\n${JSON.stringify(before('b'))}\n`;
      fs.writeFileSync(file, text.slice(0, -10));
      log.read();
      expect(seen).toHaveLength(1);
      fs.appendFileSync(file, text.slice(-10));
      log.read();
      expect(seen).toHaveLength(2);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });

  it('writes durations for people, and diagnostics without colour tags', () => {
    expect([7.4, 59.4, 60, 125].map(duration)).toEqual(['7 s', '59 s', '1 min 00 s', '2 min 05 s']);
    expect(plain('<{%fg 1%}>error: no<{%reset%}>  ')).toBe('error: no');
  });
});
