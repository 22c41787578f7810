import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';
import { TestProject } from './project';

jest.setTimeout(120_000);

let project: TestProject;
beforeAll(async () => {
  project = await TestProject.create();
});
afterAll(() => project.remove());

function life(word: string): void {
  project.program(`
    export const plain = new command.local.Command('plain', {
      create: 'cat; pwd; echo $WORD; echo err >&2',
      update: 'echo "${word} after $PULUMI_COMMAND_STDERR"',
      delete: 'echo deleted ${word} > ' + here + '/deleted',
      dir: here + '/toolchain',
      stdin: '${word}\\n',
      environment: { WORD: 'sesame' },
    });
    export const sum = new command.local.Command('sum', {
      interpreter: ['node', '-e'],
      create: 'console.log(40 + 2)',
    }).stdout;
    export const replaced = new command.local.Command('replaced', {
      create: 'echo created ${word} >> ' + here + '/replaced.log',
      delete: 'echo deleted ${word} >> ' + here + '/replaced.log',
      triggers: ['${word}'],
    }, { deleteBeforeReplace: true });
  `);
}

test('local.Command runs in its dir, with its stdin, environment and interpreter', async () => {
  life('one');
  await project.up();
  expect(await project.outputs()).toMatchObject({
    plain: { stdout: `one\n${path.join(projectRoot, 'toolchain')}\nsesame`, stderr: 'err' },
    sum: '42',
  });
});

test('local.Command updates on a changed input, replaces on a changed trigger, and deletes at the end', async () => {
  life('two');
  await project.up();
  expect(await project.outputs()).toMatchObject({ plain: { stdout: 'two after err' } });
  expect(project.read('replaced.log')).toBe('created one\ndeleted one\ncreated two\n');
  await project.pulumi('destroy', '--yes', '--skip-preview', '--stack', 'dev');
  expect(project.read('deleted')).toBe('deleted two\n');
});

test('a failure of local.Command has command, reason and output; a time limit stops the command', async () => {
  project.program(`
    new command.local.Command('exit', { create: 'echo "so far"; exit 4' });
    new command.local.Command('nowhere', { create: 'true', dir: '/no/such/folder' });
    new command.local.Command('slow', { create: 'exec sleep 60' }, { customTimeouts: { create: '1s' } });
  `);
  const run = await project.pulumi('up', '--yes', '--skip-preview', '--continue-on-error', '--stack', 'dev');
  expect(run.exitCode).not.toBe(0);
  expect(run.text).toContain('exit status 4: running "echo \\"so far\\"; exit 4":\n    so far');
  expect(run.text).toMatch(/ENOENT: running "true"/);
  expect(run.text).toContain('context deadline exceeded: running "exec sleep 60"');
});
