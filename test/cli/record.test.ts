import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { RunRecorder, lastRun, readRecord } from '../../cli/run/record';

const header = { version: 1, lab: 'dev', verb: 'up', at: 1000 };
const text = (...lines: object[]): string =>
  [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');

describe('record of a run', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
  const before = process.env.GLANCE_DCN_STATE;
  beforeAll(() => (process.env.GLANCE_DCN_STATE = folder));
  afterAll(() => {
    fs.rmSync(folder, { recursive: true });
    if (before === undefined) {
      delete process.env.GLANCE_DCN_STATE;
    } else {
      process.env.GLANCE_DCN_STATE = before;
    }
  });

  it('is written event by event, replaces the last record, and is readable only by its owner', async () => {
    new RunRecorder('dev', 'up').add({ part: 'dev', event: 'starts' });
    const recorder = new RunRecorder('dev', 'destroy');
    recorder.add({ part: 'dev-dcn0', event: 'starts' });
    recorder.add({ part: 'dev-dcn0', step: 'dcn0-store-register', event: 'starts' });
    await recorder.part('sandbox', async () => undefined);
    await expect(recorder.part('clones', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const run = lastRun('dev', './dcn');
    expect(run).toMatchObject({ lab: 'dev', verb: 'destroy' });
    expect(run.parts.map(({ name, ending, steps }) => [name, ending, steps.length])).toEqual([
      ['dev-dcn0', 'unknown', 1],
      ['sandbox', 'done', 0],
      ['clones', 'failed', 0],
    ]);
    const file = path.join(folder, 'dev', 'last-run.jsonl');
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  it('counts the commands of a stack, and keeps the count when a later run does not reach the stack', () => {
    const first = new RunRecorder('counted', 'up');
    expect(first.commandsOf('counted-dcn0')).toBeUndefined();
    first.add({ part: 'counted-dcn0', event: 'done', commands: 14 });
    first.add({ part: 'counted', event: 'done', commands: 2 });
    new RunRecorder('counted', 'up').add({ part: 'counted', event: 'done', commands: 3 });
    const third = new RunRecorder('counted', 'destroy');
    expect(['counted', 'counted-dcn0'].map((stack) => third.commandsOf(stack))).toEqual([3, 14]);
    fs.writeFileSync(path.join(folder, 'counted', 'last-run.jsonl'), '{"version":7}\n');
    expect(new RunRecorder('counted', 'up').commandsOf('counted')).toBeUndefined();
  });

  it('that does not exist is refused, with the command that writes one', () => {
    expect(() => lastRun('none', './dcn --lab none')).toThrow(
      /lab none: no run is on record in .*last-run.jsonl\. .\/dcn --lab none up writes one; .\/dcn --lab none destroy/,
    );
  });

  it('of another version is refused with the remedy', () => {
    fs.writeFileSync(path.join(folder, 'dev', 'last-run.jsonl'), '{"version":7}\n');
    expect(() => lastRun('dev', './dcn')).toThrow(/not a record that this version reads.*next .\/dcn up/);
  });
});

test('a record has start, end, ending and waits of each part and step', () => {
  const run = readRecord(
    text(
      { at: 1000, part: 'dev-dcn0', event: 'starts' },
      { at: 1100, part: 'dev-dcn0', step: 'dcn0-overcloud-stack', event: 'starts' },
      { at: 1200, part: 'dev-dcn0', step: 'dcn0-overcloud-stack', event: 'waits', because: 'lock heat' },
      { at: 1300, part: 'dev-dcn0', step: 'dcn0-overcloud-stack', event: 'continues' },
      { at: 1400, part: 'dev-dcn0', step: 'dcn0-overcloud-stack', event: 'failed' },
      { at: 1500, part: 'dev-dcn0', event: 'failed' },
      { at: 1500, part: 'dev-images', event: 'not started', because: 'dev-dcn0 is not up' },
      { at: 1600, part: 'dev-dcn1', event: 'starts' },
      { at: 1700, part: 'dev-dcn1', step: 'dcn1-ceph-deploy', event: 'starts' },
      { at: 1750, part: 'dev-dcn1', step: 'dcn1-ceph-deploy', event: 'waits', because: 'lock heat' },
      { at: 1800, part: 'dev-dcn1', event: 'interrupted' },
      { at: 1900, part: 'clones', event: 'starts' },
      { at: 2000, part: 'dev', event: 'done' },
    ),
  );
  expect(run).toMatchObject({ lab: 'dev', verb: 'up', begin: 1000, end: 2000 });
  const [dcn0, images, dcn1, clones] = run.parts;
  expect(dcn0).toMatchObject({ begin: 1000, end: 1500, ending: 'failed' });
  expect(dcn0?.steps).toEqual([
    {
      name: 'dcn0-overcloud-stack',
      begin: 1100,
      end: 1400,
      ending: 'failed',
      waits: [{ for: 'lock heat', begin: 1200, end: 1300 }],
    },
  ]);
  expect(images).toMatchObject({ ending: 'not started', because: 'dev-dcn0 is not up', steps: [] });
  // A step without a recorded end ends with its part, and a part with the run.
  expect(dcn1?.steps[0]).toMatchObject({ end: 1800, ending: 'unknown', waits: [{ begin: 1750, end: 1800 }] });
  expect(clones).toMatchObject({ begin: 1900, end: 2000, ending: 'unknown' });
});

test('an incomplete last line of a record is ignored', () => {
  const whole = text({ at: 1000, part: 'dev', event: 'starts' }, { at: 3000, part: 'dev', event: 'done' });
  expect(readRecord(whole.slice(0, -5)).parts).toMatchObject([{ name: 'dev', ending: 'unknown' }]);
});

test('records of older versions are read', () => {
  const step = { part: 'dev', step: 'kit' };
  const events = ['begins', 'waits', 'goes on', 'done'].map((event, index) => ({
    at: 1000 + index,
    ...step,
    event,
  }));
  const run = readRecord(text(...events, { at: 2000, part: 'dev-images', event: 'not begun' }));
  expect(run.parts[0]?.steps).toEqual([
    {
      name: 'kit',
      begin: 1000,
      end: 1003,
      ending: 'done',
      waits: [{ for: 'others', begin: 1001, end: 1002 }],
    },
  ]);
  expect(run.parts[1]?.ending).toBe('not started');
});
