import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { parse } from 'yaml';
import { projectRoot } from '../../lib/paths';
import { pulumiVersion } from '../../toolchain/versions';

// Properties of the workflows that actionlint (`npm run lint`) does not check.

interface Step {
  id?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Job {
  if?: string;
  permissions?: Record<string, string>;
  steps: Step[];
}

const read = (file: string): string => fs.readFileSync(path.join(projectRoot, file), 'utf8');
const text = read('.github/workflows/labs.yml');
const workflow = parse(text) as { permissions: Record<string, string>; jobs: Record<string, Job> };
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-workflow-'))));
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

test('the example for users is the same as the workflow of this project', () => {
  expect(read('examples/ci/labs.yml')).toBe(text);
});

test('pull requests of forks get no credentials, and jobs may only write comments on pull requests', () => {
  expect(workflow.permissions).toEqual({ contents: 'read' });
  for (const [name, job] of Object.entries(workflow.jobs)) {
    const ofThisRepository = /&& github\.event\.pull_request\.head\.repo\.full_name == github\.repository$/;
    if (/secrets\./.test(JSON.stringify(job)) || job.permissions) {
      expect(name).toBe('preview');
      expect(job.if).toMatch(ofThisRepository);
      expect(job.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' });
    }
  }
  expect(text).not.toContain('pull_request_target');
});

test('actions are pinned by commit, and Pulumi has the version of the tool chain', () => {
  const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action);
  expect(uses.length).toBeGreaterThan(4);
  uses.forEach((action) => expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/));
  const pulumi = steps.filter((step) => step.uses?.startsWith('pulumi/actions@'));
  expect(pulumi.map((step) => step.with?.['pulumi-version'])).toEqual([pulumiVersion, pulumiVersion]);
  expect(pulumi[1]?.with).toMatchObject({ command: 'preview', diff: true, 'comment-on-pr': true });
});

test('the long workflow runs the random lives and chaos, and only tests that there are', () => {
  const long = parse(read('.github/workflows/long.yml')) as {
    jobs: { test: { strategy: { matrix: { test: string[] } }; steps: Step[] } };
  };
  const { strategy, steps: run } = long.jobs.test;
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(strategy.matrix.test).toEqual(expect.arrayContaining(['chaos', 'lives']));
  expect(strategy.matrix.test.filter((name) => !(`test:${name}` in scripts))).toEqual([]);
  expect(run.at(-1)?.run).toBe('npm run test:${{ matrix.test }}');
});

/** Runs the script of a step as the runner does, with a fake `./dcn`. */
async function runStep(step: Step | undefined, dcn: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  fs.writeFileSync(path.join(folder, 'dcn'), `#!/bin/bash\n${dcn}\n`, { mode: 0o755 });
  fs.writeFileSync(path.join(folder, 'step.sh'), step?.run ?? 'exit 99');
  const file = (name: string): string => path.join(folder, name);
  const { exitCode } = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', file('step.sh')], {
    cwd: folder,
    env: { ...env, GITHUB_OUTPUT: file('output'), GITHUB_STEP_SUMMARY: file('summary'), RUNNER_TEMP: folder },
    reject: false,
  });
  const written = (name: string): string =>
    fs.existsSync(file(name)) ? fs.readFileSync(file(name), 'utf8') : '';
  return { exitCode, output: written('output'), summary: written('summary') };
}

interface Ended {
  exitCode: number;
  output: string;
  summary: string;
}

const stepNamed = (id: string): Step | undefined => steps.find((step) => step.id === id);

test('the matrix has a job for each touched stack of all labs', async () => {
  const dcn = 'echo "[\\"$*\\"]"';
  const { exitCode, output } = await runStep(stepNamed('touched'), dcn, {
    LAB_FILES: 'Pulumi.a.yaml b/Pulumi.b.yaml',
  });
  expect([exitCode, output]).toEqual([0, 'previews=["touched HEAD^1 Pulumi.a.yaml b/Pulumi.b.yaml"]\n']);
  expect(await runStep(stepNamed('touched'), 'exit 3', { LAB_FILES: 'x' })).toMatchObject({ exitCode: 3 });
});

test('the summary has every preview, also failed ones; the pull request has only changes', async () => {
  const env = { LAB: 'Pulumi.a.yaml', STACK: 'a-dcn0' };
  const preview = stepNamed('preview');
  expect(await runStep(preview, 'echo "$*"', env)).toEqual({
    exitCode: 0,
    output: '',
    summary: '--lab Pulumi.a.yaml preview a-dcn0\n',
  });
  expect(await runStep(preview, 'echo "<details>"', env)).toMatchObject({
    exitCode: 0,
    output: 'changes=true\n',
  });
  expect(await runStep(preview, 'echo failed; exit 1', env)).toMatchObject({
    exitCode: 1,
    summary: expect.stringContaining('failed'),
  });
});

test("the file of the undercloud's key ends in one newline, with or without one in the secret", async () => {
  const step = steps.find(({ run }) => run?.includes('KEY_FILE'));
  for (const end of ['', '\n']) {
    await runStep(step, '', { HOME: folder, KEY: `a\nb${end}`, KEY_FILE: '~/.ssh/id' });
    expect(fs.readFileSync(path.join(folder, '.ssh/id'), 'utf8')).toBe('a\nb\n');
    expect(fs.statSync(path.join(folder, '.ssh/id')).mode & 0o777).toBe(0o600);
  }
});
