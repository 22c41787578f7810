import { TestProject } from './project';

jest.setTimeout(120_000);

let project: TestProject;
beforeAll(async () => {
  project = await TestProject.create();
});
afterAll(() => project.remove());

test('a program reads its configuration and secrets, and a stack named dev does not change Pulumi.dev.yaml', async () => {
  project.write('Pulumi.dev.yaml', 'config: { glance-dcn:release: wallaby }\n');
  await project.pulumi('config', 'set', 'place', 'dcn0', '--stack', 'dev');
  await project.pulumi('config', 'set', '--secret', 'word', 'openSesame', '--stack', 'dev');
  project.program(`
    const config = new pulumi.Config();
    export const place = config.require('place');
    export const word = config.requireSecret('word');
    export const open = word.apply((text) => text.length);
    export const stack = pulumi.getStack();
    export const dryRun = pulumi.runtime.isDryRun();
  `);
  await project.up();
  expect(await project.outputs()).toMatchObject({
    place: 'dcn0',
    word: 'openSesame',
    open: 10,
    stack: 'dev',
    dryRun: false,
  });
  expect(project.stateText()).not.toContain('openSesame');
  expect(project.read('Pulumi.dev.yaml')).toBe('config: { glance-dcn:release: wallaby }\n');
  expect(project.read('.stacks/Pulumi.dev.yaml')).toContain('place: dcn0');
});

test('an exception fails the run with a stack trace of the TypeScript, and changes nothing', async () => {
  project.program(`
    function fails(): never {
      throw new Error('the site is closed');
    }
    fails();
  `);
  const run = await project.pulumi('up', '--yes', '--skip-preview', '--stack', 'dev');
  expect(run.exitCode).not.toBe(0);
  expect(run.text).toContain('the site is closed');
  expect(run.text).toMatch(/index\.ts:\d+/);
  expect(project.resources()['tools-test-dev']?.outputs).toMatchObject({ place: 'dcn0' });
});

test('a program that exits gives its exit code', async () => {
  project.program('process.exit(7);');
  const run = await project.pulumi('preview', '--stack', 'dev');
  expect(run.exitCode).not.toBe(0);
  expect(run.text).toContain('exit code: 7');
});

test('preview, up, refresh and destroy work', async () => {
  project.program(`export const name = new command.local.Command('one', { create: 'true' }).urn;`);
  const preview = await project.pulumi('preview', '--stack', 'dev');
  expect(preview.text).toMatch(/\+ +command:local:Command +one +create/);
  expect(preview.exitCode).toBe(0);
  expect(Object.keys(project.resources())).not.toContain('one');
  await project.up();
  expect(Object.keys(project.resources())).toContain('one');
  const refresh = await project.pulumi('refresh', '--yes', '--stack', 'dev');
  expect(refresh.text).toContain('2 unchanged');
  const destroy = await project.pulumi('destroy', '--yes', '--skip-preview', '--stack', 'dev');
  expect(destroy.text).toContain('2 deleted');
  expect(project.resources()).toEqual({});
});
