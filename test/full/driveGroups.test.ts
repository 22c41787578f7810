import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { planFiles, planLab } from '../../model';
import { kitFolder } from '../../stacks/kit';
import { nodeCreate, sandboxDown, sandboxUp } from '../../sandbox';
import { onNode, undercloudScript, uploadToUndercloud, writeLab } from '../sandbox/machine';

/*
 * Drive groups on hosts with disks of two kinds, and a host in a rack of CRUSH, up to `ceph deploy`, in both modes of the
 * undercloud: by cephadm, and by the stand-in, which must do the same.
 */
const minutes = 60_000;
const silent = () => undefined;
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-drives-'));
process.env.GLANCE_DCN_STATE = path.join(directory, 'state');
const text = (mode: string) => `config:
  glance-dcn:sandbox: { tripleo: ${mode} }
  glance-dcn:sites:
    control-plane:
      ceph:
        cluster: central
        config: { osd: { osd_max_backfills: 2 } }
        devices:
          data_devices: { rotational: true, limit: 2 }
          db_devices: { rotational: false, limit: 2 }
      nodes:
        oc0-controller-0: Controller
        oc0-ceph-0: CephStorage
        oc0-ceph-1:
          role: CephStorage
          location: { rack: r1 }
          devices: { data_devices: { rotational: false }, crush_device_class: fast }
    dcn0: { nodes: { oc0-ceph-4: DistributedComputeHCI } }
`;
const modes = ['quick', 'full'] as const;
const labs = Object.fromEntries(
  modes.map((mode) => [mode, writeLab(directory, `drives${mode}${process.pid}`, text(mode)).lab]),
) as Record<(typeof modes)[number], ReturnType<typeof writeLab>['lab']>;

/** The OSDs of a cluster: bucket, host, device class, and of each disk whether it rotates, with that of the database if it is another. */
async function osdsOf(lab: (typeof labs)['quick']): Promise<string[]> {
  const ceph = async <T>(command: string): Promise<T> =>
    JSON.parse(await onNode(lab, 'oc0-controller-0', `sudo ceph --cluster central ${command} -f json`)) as T;
  const metadata = await ceph<Record<string, string>[]>('osd metadata');
  const { nodes } = await ceph<{
    nodes: { id: number; name: string; device_class?: string; children?: number[] }[];
  }>('osd tree');
  const kind = (rotational = '0') => (rotational === '1' ? 'rotating' : 'solid');
  return metadata
    .map((osd) => {
      const deviceClass = nodes.find(({ id }) => id === Number(osd.id))?.device_class;
      const host = nodes.find(({ name }) => name === osd.hostname);
      const bucket = nodes.find(({ children }) => host && children?.includes(host.id));
      const database = osd.bluefs_dedicated_db === '1' ? `, database ${kind(osd.bluefs_db_rotational)}` : '';
      return `${bucket?.name} ${osd.hostname} ${deviceClass}: ${kind(osd.bluestore_bdev_rotational)}${database}`;
    })
    .sort();
}

afterAll(async () => {
  for (const mode of modes) {
    await sandboxDown(labs[mode], silent);
  }
  fs.rmSync(directory, { recursive: true });
}, 5 * minutes);

it.each(modes)(
  'gives each OSD the disks of its drive group, with tripleo: %s, and nothing more in a second run',
  async (mode) => {
    const lab = labs[mode];
    const files = planFiles(planLab(lab))['control-plane'] ?? {};
    const commands = (files['commands.sh'] ?? '').split('\n\n');
    const planned = (words: string) => commands.find((part) => part.includes(words)) ?? `missing: ${words}`;
    const verbs = ['network provision', 'node provision', 'roles generate', 'ceph deploy'];

    await sandboxUp(lab, silent);
    await Promise.all(
      ['oc0-controller-0', 'oc0-ceph-0', 'oc0-ceph-1'].map((name) => nodeCreate(lab, name, silent)),
    );
    const folder = path.join(directory, mode);
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), content);
    }
    const home = `/home/stack/dcn/${lab.name}`;
    await uploadToUndercloud(lab, folder, `${home}/control-plane`);
    await uploadToUndercloud(lab, (await kitFolder()).folder, `${home}/kit`);
    // As `kit nodes wait` does.
    const scan = 'ssh-keyscan -t ed25519 10.0.0.10 10.0.0.30 10.0.0.31';
    await undercloudScript(lab, `chmod 700 ${home}; ${scan} > ${home}/control-plane/known_hosts`);
    const run = async (words: string) => {
      const ended = await undercloudScript(
        lab,
        'umask 022; cat > ~/step.sh; bash -e ~/step.sh > ~/log 2>&1 || { tail -n 40 ~/log; false; }',
        planned(words),
      );
      expect(ended).toEqual({ code: 0, output: '' });
    };
    for (const words of verbs) {
      await run(words);
    }

    const expected = [
      'default oc0-ceph-0 hdd: rotating, database solid',
      'default oc0-ceph-0 hdd: rotating, database solid',
      'r1 oc0-ceph-1 fast: solid',
    ];
    expect(await osdsOf(lab)).toEqual(expected);
    const backfills = 'sudo ceph --cluster central config get osd.0 osd_max_backfills';
    expect(await onNode(lab, 'oc0-controller-0', backfills)).toBe('2');
    await run('ceph deploy');
    expect(await osdsOf(lab)).toEqual(expected);
    await sandboxDown(lab, silent);
  },
  30 * minutes,
);
