import { lab } from './imageLab';
import { within } from './undercloud';

jest.setTimeout(60_000);

const begin = '-----BEGIN OPENSSH PRIVATE KEY-----';
const end = '-----END OPENSSH PRIVATE KEY-----';
/** Bash that waits until the test has written a file into the home. */
const waitFor = (file: string): string => `while [[ ! -e ~/${file} ]]; do sleep 0.05; done`;

test.concurrent(
  'the log of a run is followed to its end, without secrets that the run writes in two parts',
  within(async (here) => {
    here.behave(
      [
        'echo first; echo; echo "key: "',
        waitFor('one'),
        'mkdir -p ~/overcloud-deploy/dcn0',
        'echo "Glance: tellNobodyThis" >~/overcloud-deploy/dcn0/dcn0-passwords.yaml',
        `echo "it is tellNobodyThis"; echo 'password: "geheim1'`,
        waitFor('two'),
        `echo 'geheim2"'; echo '${begin}'; echo geheim3`,
        waitFor('three'),
        `echo geheim4; echo '${end}'; echo '2/2 done [dcn:runs]'`,
      ].join('\n'),
    );
    const run = here.start(['job', 'run'], here.job('dcn0/step', { commands: ['openstack x'] }));
    await run.says(/started/);
    const follow = here.start(['job', 'log', 'dcn0/step', '--follow']);
    await follow.prints(/^first\nkey:\n$/m);
    here.write('one', '');
    await follow.prints(/^it is \[hidden\]\n$/m);
    here.write('two', '');
    await follow.prints(/^password: \[hidden\]\n$/m);
    here.write('three', '');
    const { code, stdout, stderr } = await follow.ended;
    await run.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^### \S+Z \$ openstack x\nfirst\nkey:\nit is \[hidden\]\npassword: \[hidden\]\n\[hidden\]\n2\/2 done\n$/,
    );
    expect(stderr).toMatch(/^dcn0\/step: run 1 succeeded, \d+s\n$/);
    expect(await here.kit(['job', 'log', 'dcn0/step'])).toMatchObject({ code, stdout, stderr });
  }),
);

test.concurrent(
  'neither a log nor the name of an image acts on the terminal',
  lab(async (here, glance) => {
    here.behave(String.raw`printf 'red \033[31mtext\033[0m, title \033]0;x\007, \302\2332J\n'; exit 4`);
    const failed = await here.run(here.job('dcn0/step', { commands: ['openstack x'] }));
    const { stdout } = await here.kit(['job', 'log', 'dcn0/step']);
    expect([stdout, failed.stderr]).toEqual(
      Array(2).fill(expect.stringContaining('\nred text, title ?]0;x?, ?2J\n')),
    );
    glance.add('a\x1bc\nb', ['central']);
    expect((await here.kit(['images', 'list'])).stdout).toMatch(/^\S+ {2}active {3}a\?c\?b: central\n$/);
  }),
);

test.concurrent(
  'of a run that has failed, the log is complete and the last line says so',
  within(async (here) => {
    here.behave('echo no space; exit 4');
    await here.run(here.job('dcn0/step', { commands: ['openstack x'] }));
    const { code, stdout, stderr } = await here.kit(['job', 'log', 'dcn0/step', '--follow']);
    expect(stdout).toMatch(/^no space\n### \S+Z failed: `openstack x` exited with 4\n$/m);
    expect(stderr).toMatch(/^dcn0\/step: run 1 failed, \d+s\n$/);
    expect(code).toBe(0);
  }),
);

test.concurrent(
  'following ends when its reader is gone, and the run continues',
  within(async (here) => {
    here.behave(`echo first; ${waitFor('go')}`);
    const run = here.start(['job', 'run'], here.job('dcn0/step', { commands: ['openstack x'] }));
    await run.says(/started/);
    const follow = here.start(['job', 'log', 'dcn0/step', '--follow']);
    await follow.prints(/first/);
    follow.abandon();
    await follow.ended;
    expect(here.state('dcn0/step')).toBe('running');
    here.write('go', '');
    expect((await run.ended).code).toBe(0);
  }),
);

test.concurrent(
  'jobs are listed as JSON with their latest runs',
  within(async (here) => {
    await here.run(here.job('dcn0/step', { commands: ['openstack x', 'openstack y'] }));
    expect(await here.json(['job', 'list', '--json'])).toMatchObject([
      { job: 'dcn0/step', kind: 'run', run: 1, state: 'succeeded', doing: null, command: '2/2 openstack y' },
    ]);
  }),
);

test.concurrent(
  'the list of jobs shows the last line of a play without the time and the id of the task',
  within(async (here) => {
    const dense =
      '2026-11-30 17:27:50.119974 | 025691aa-14c7-5a2b-9f11-000000000012 |     TIMING | Create ports | localhost | 0:00:03 | 1.5s';
    here.behave(`echo '${dense}'; ${waitFor('go')}`);
    const run = here.start(['job', 'run'], here.job('dcn0/step', { commands: ['openstack x'] }));
    await run.says(/started/);
    const doing = async () => (await here.json<{ doing: string }[]>(['job', 'list', '--json']))[0]?.doing;
    let shown = await doing();
    while (!shown?.includes('TIMING')) {
      shown = await doing();
    }
    expect(shown).toBe('1/1 openstack x | TIMING | Create ports | localhost | 0:00:03 | 1.5s');
    here.write('go', '');
    await run.ended;
  }),
);
