import * as fs from 'node:fs';
import * as path from 'node:path';
import { lastRun } from '../../cli/run/record';
import { until } from '../kit/undercloud';
import { runsOfEachTest } from './fakeRuns';

/* Runs of the shipped lab's stacks. */

const { folder, put, take, lock, log, logged, left, start } = runsOfEachTest();

test('all stacks run, appear in summary and record, and leave no files', async () => {
  const { code, said } = await start({ parallel: 1 }).ended;
  expect(code).toBe(0);
  expect(said).toMatch(/^done +dev-images +0 s$/m);
  const started = log().filter((line) => line.startsWith('start'));
  expect(started).toEqual(
    ['dev', 'dev-control-plane', 'dev-dcn0', 'dev-dcn1', 'dev-images'].map((s) => `start ${s}`),
  );
  expect(lastRun('dev', './dcn').parts.map(({ name, ending }) => `${name} ${ending}`)).toEqual(
    started.map((line) => `${line.slice(6)} done`),
  );
  expect(left()).toEqual([]);
});

/** Has dev-dcn0 run the command that registers its store, which waits for an update of the control plane. */
function registering(): void {
  const urn = 'urn:pulumi:dev-dcn0::p::command:remote:Command::dcn0-store-register';
  const metadata = { op: 'create', urn, type: 'command:remote:Command' };
  const message =
    'stores/update: waits for the end of run 1 [dcn:updates]\nstores/update: run 1, 5s [dcn:runs]';
  const events = [
    { resourcePreEvent: { metadata } },
    { diagnosticEvent: { urn, message, severity: 'info' } },
  ];
  const text = events.map((event) => `${JSON.stringify({ timestamp: 0, ...event })}\n`).join('');
  fs.writeFileSync(path.join(folder(), 'events-dev-dcn0'), text);
  put('hold-dev-dcn0');
}
const starts = (): string[] => log().flatMap((line) => /^(?:start|end) .*/.exec(line) ?? []);

test('a site that waits for an update of the control plane leaves its place to another, and is completed later', async () => {
  registering();
  put('hold-dev-control-plane');
  const { ended } = start({ parallel: 2 });
  await logged('end dev-dcn1');
  ['dev-control-plane', 'dev-dcn0'].forEach((stack) => fs.rmSync(path.join(folder(), `hold-${stack}`)));
  const { code, said } = await ended;
  expect(code).toBe(0);
  expect(log().filter((line) => line.startsWith('int'))).toEqual(['int dev-dcn0']);
  expect(starts().filter((line) => line.endsWith('dcn0'))).toEqual([
    'start dev-dcn0',
    'start dev-dcn0',
    'end dev-dcn0',
  ]);
  expect(starts().slice(-2)).toEqual(['start dev-images', 'end dev-images']);
  expect(said).toMatch(/dev-dcn0 \(edge site\): on record; the control plane gets the store together/);
  expect(said).not.toContain('FAILED');
  const part = lastRun('dev', './dcn').parts.find(({ name }) => name === 'dev-dcn0');
  expect(part).toMatchObject({ ending: 'done', steps: [{ name: 'dcn0-store-register' }] });
});

test('a site that waits for an update of the control plane keeps its place where no other needs it', async () => {
  registering();
  const { ended } = start({ parallel: 3 });
  await logged('end dev-dcn1');
  fs.rmSync(path.join(folder(), 'hold-dev-dcn0'));
  expect((await ended).code).toBe(0);
  expect(log().filter((line) => line.startsWith('int'))).toEqual([]);
});

test('a stack that another pulumi has locked leaves its place to one that has not started', async () => {
  const unlock = lock('dev-dcn0');
  put('hold-dev-control-plane');
  const { ended } = start({ parallel: 2 });
  await logged('start dev-dcn1');
  expect(log()).not.toContain('end dev-control-plane');
  take('hold-dev-control-plane');
  await logged('end dev-dcn1');
  unlock();
  const { code, said } = await ended;
  expect(code).toBe(0);
  expect(said).toContain('dev-dcn0 (edge site): lets a stack that has not started go first');
  expect(said).toMatch(/^done +dev-dcn0 /m);
});

test('a control plane that another pulumi has locked keeps its place: programs of sites wait for its end', async () => {
  const unlock = lock('dev-control-plane');
  const { ended } = start({ parallel: 2 });
  await logged('end dev-dcn1');
  unlock();
  const { code, said } = await ended;
  expect(code).toBe(0);
  expect(said).not.toContain('go first');
});

test('a second run prints how many commands are left, from the number that the first run registered', async () => {
  const events = ['kit', 'undercloud-check'].map((name) => {
    const metadata = {
      op: 'create',
      urn: `urn:pulumi:dev::p::command::${name}`,
      type: 'command:remote:Command',
    };
    return { timestamp: 0, resourcePreEvent: { metadata } };
  });
  const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  fs.writeFileSync(path.join(folder(), 'events-dev'), text);
  const [first, second] = [await start().ended, await start().ended];
  expect(first.said).toContain('dev (shared by the sites): kit: starts, 0 done');
  expect(second.said).toContain('dev (shared by the sites): kit: starts, 1 to go');
});

test('a failed site stops only the stacks that need it, and the summary names the next command', async () => {
  put('fail-dev-dcn0');
  const { code, said } = await start().ended;
  expect(code).toBe(1);
  expect(said).toMatch(/^done +dev-dcn1 /m);
  expect(said).toMatch(/^FAILED +dev-dcn0 /m);
  expect(said).toMatch(/^ {4}dcn0\/ceph-deploy: run 2 failed after 5s: no space$/m);
  expect(said).toMatch(/^ {4}log: .* log dcn0\/ceph-deploy$/m);
  expect(said).toMatch(/^not started +dev-images +dev-dcn0 is not up$/m);
  expect(said).toMatch(/^next: correct the cause .*dcn --lab .*Pulumi\.dev\.yaml up$/m);
  expect(said).not.toContain('[dcn:');
  expect(log()).not.toContain('start dev-images');
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s interrupts the running stacks and starts no others',
  async (signal) => {
    put('hold-dev-control-plane');
    put('hold-dev-dcn0');
    const { child, ended } = start({ parallel: 2 });
    await logged('start dev-dcn0');
    child.kill(signal);
    const { code, said } = await ended;
    expect(code).toBe(130);
    expect(log().filter((line) => line.startsWith('int'))).toHaveLength(2);
    expect(log()).not.toContain('start dev-dcn1');
    expect(said).toMatch(/^interrupted +dev-control-plane /m);
    expect(said).toMatch(/^interrupted +dev-dcn0 /m);
    expect(said).toMatch(/^not started +dev-dcn1 +the run was interrupted$/m);
    // This test has no undercloud.
    expect(said).toMatch(/^The undercloud could not be asked which jobs still run: /m);
    expect(lastRun('dev', './dcn').parts.map(({ ending }) => ending)).toEqual(
      expect.arrayContaining(['done', 'interrupted', 'not started']),
    );
    expect(left()).toEqual([]);
  },
);

test('a second signal ends the run at once, and interrupts pulumi again', async () => {
  put('hold-dev');
  put('stubborn-dev');
  const { child, ended } = start();
  await logged('start dev');
  child.kill('SIGINT');
  await logged('int dev');
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  await until(() => log().filter((line) => line === 'int dev').length === 2, 'the second interrupt');
  expect(left()).toEqual([]);
});

test('each pulumi runs in its own process group, so that Ctrl-C at the terminal reaches it only through dcn', async () => {
  await start({ parallel: 1 }).ended;
  const groups = log().flatMap((line) => /^group-(\d+)/.exec(line)?.[1] ?? []);
  expect(new Set(groups).size).toBe(5);
});
