import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type EngineEvent, EventLog, plain } from '../../cli/events';
import { StackProgress, duration } from '../../cli/progress';

const urn = (name: string): string => `urn:pulumi:dev-dcn0::glance-dcn::command:remote:Command::${name}`;
const before = (name: string, op = 'create'): EngineEvent => ({
  timestamp: 0,
  resourcePreEvent: { metadata: { op, urn: urn(name), type: 'command:remote:Command' } },
});
const after = (name: string): EngineEvent => ({
  timestamp: 0,
  resOutputsEvent: { metadata: { op: 'create', urn: urn(name), type: 'command:remote:Command' } },
});

describe('progress of a stack', () => {
  it('says what runs, since when, its last word, and what is left', () => {
    let clock = 100;
    const said: string[] = [];
    const progress = new StackProgress(
      4,
      (line) => said.push(line),
      () => clock,
    );
    progress.onEvent(before('dcn0-nodes', 'same'));
    progress.onEvent(before('dcn0-ceph-deploy'));
    clock = 165;
    progress.onEvent({
      timestamp: 0,
      diagnosticEvent: {
        urn: urn('dcn0-ceph-deploy'),
        message: '<{%reset%}>osd.0 is up<{%reset%}>\n',
        severity: 'info',
      },
    });
    expect(progress.line()).toBe('dcn0-ceph-deploy (1 min 05 s): osd.0 is up · 2 to go');
    progress.onEvent(after('dcn0-ceph-deploy'));
    expect(said).toEqual(['dcn0-ceph-deploy: begins, 2 to go', 'dcn0-ceph-deploy: done after 1 min 05 s']);
    expect(progress.changes).toBe(1);
  });

  it('names a step that failed', () => {
    const said: string[] = [];
    const progress = new StackProgress(
      1,
      (line) => said.push(line),
      () => 0,
    );
    progress.onEvent(before('dcn0-register'));
    progress.onEvent({ timestamp: 0, resOpFailedEvent: after('dcn0-register').resOutputsEvent });
    expect(said[1]).toBe('dcn0-register: FAILED after 0 s');
  });

  it('reads an event log that is still being written, half lines included', () => {
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

  it('writes durations as people read them', () => {
    expect([7.4, 59.4, 60, 125].map(duration)).toEqual(['7 s', '59 s', '1 min 00 s', '2 min 05 s']);
    expect(plain('<{%fg 1%}>error: no<{%reset%}>  ')).toBe('error: no');
  });
});
