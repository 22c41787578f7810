import execa from 'execa';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type TestUndercloud, python, until, within } from './undercloud';

jest.setTimeout(60_000);

/** Runs `install` of an uploaded kit. */
async function install(here: TestUndercloud, folder: string): Promise<string> {
  const { stdout } = await execa(python(), [path.join(here.lab(), 'kits', folder), 'install'], {
    env: { HOME: here.home },
  });
  return stdout;
}

const kits = (here: TestUndercloud): string[] => fs.readdirSync(path.join(here.lab(), 'kits'));
const link = (here: TestUndercloud): string => fs.readlinkSync(path.join(here.lab(), 'kit'));

test.concurrent(
  'a run under way keeps the modules of its kit when another kit is installed; its folder is removed after the run',
  within(async (here) => {
    here.behave('while [[ $all == *delete* && ! -e ~/go ]]; do sleep 0.05; done');
    const holder = here.start(
      ['job', 'run'],
      here.job('dcn0/hold', { commands: ['openstack overcloud delete -y control-plane'] }),
    );
    await until(() => here.calls().length > 0, 'the command that holds the lock');
    const name = 'control-plane/overcloud-config';
    // Its supervisor imports cloud.imports once it has its locks.
    const waiter = here.start(
      ['job', 'run'],
      here.job(name, { commands: ['openstack overcloud deploy --stack control-plane'] }),
    );
    await until(() => here.state(name) === 'waiting', 'the wait for the lock');

    here.upload('dev', 'second');
    fs.rmSync(path.join(here.lab(), 'kits/second/cloud'), { recursive: true });
    expect(await install(here, 'second')).toBe('{"kit": "second"}');
    expect([link(here), kits(here)]).toEqual(['kits/second', ['first', 'second']]);

    here.write('go', '');
    const ended = await Promise.all([holder.ended, waiter.ended]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect(here.read(`dcn/dev/jobs/${name}/log`)).toContain('image imports could not be listed');
    await until(() => here.processes().length === 0, 'the supervisors to exit');
    here.upload('dev', 'third');
    await install(here, 'third');
    expect([link(here), kits(here)]).toEqual(['kits/third', ['third']]);
    expect(await here.json(['job', 'wait', name])).toMatchObject({ state: 'succeeded' });
  }),
);

test.concurrent(
  'the directory `kit` of a lab from before is replaced by the link, and no module of it stays',
  within(async (here) => {
    fs.rmSync(path.join(here.lab(), 'kit'));
    fs.renameSync(path.join(here.lab(), 'kits/first'), path.join(here.lab(), 'kit'));
    fs.writeFileSync(path.join(here.lab(), 'kit/gone.py'), '');
    await here.run(here.job('dcn0/step', { commands: ['openstack one'] }));
    here.upload('dev', 'second');
    await install(here, 'second');
    expect([link(here), kits(here)]).toEqual(['kits/second', ['second']]);
    await here.run(here.job('dcn0/step', { commands: ['openstack one'] }));
    expect(here.calls()).toHaveLength(1);
  }),
);

test.concurrent(
  'a kit beside the folder of kits is refused',
  within(async (here) => {
    fs.cpSync(path.join(here.lab(), 'kits/first'), path.join(here.lab(), 'elsewhere'), { recursive: true });
    const ended = await execa(python(), [path.join(here.lab(), 'elsewhere'), 'install'], { reject: false });
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('where `pulumi up` of the lab stack uploads kits');
  }),
);
