import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse, stringify } from 'yaml';
import { type Ended, type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

const service = 'OS::TripleO::Services::ContainerImagePrepare';
const controller = { name: 'Controller', ServicesDefault: ['OS::TripleO::Services::CephMon', service] };
const storage = { name: 'CephStorage', ServicesDefault: ['OS::TripleO::Services::CephOSD'] };

/** Runs `containers prepare` as a job of the control plane, whose roles and settings are given. */
function prepare(
  here: TestUndercloud,
  settings: unknown,
  roles: object[],
  behaviour = 'echo "parameter_defaults: { ContainerCephDaemonImage: ceph }" > "$(value_of --output-env-file "$@")"',
): Promise<Ended> {
  const file = (name: string) => path.join(here.lab(), 'control-plane', name);
  here.behave(behaviour);
  here.write('settings.yaml', stringify(settings));
  here.write('dcn/dev/control-plane/metal.yaml', stringify({ parameter_defaults: { CephStorageCount: 1 } }));
  here.write('dcn/dev/control-plane/roles.yaml', stringify(roles));
  const environments = `--environment ${here.path('settings.yaml')} --environment ${file('metal.yaml')}`;
  const files = `--roles ${file('roles.yaml')} --output ${file('images.yaml')}`;
  const commands = [`python3 ${here.lab()}/kit containers prepare ${environments} ${files}`];
  const results = ['control-plane/images.yaml'];
  return here.run(here.job('control-plane/container-images', { commands, results, lock: 'registry' }));
}

const local = { parameter_defaults: { ContainerImagePrepare: [{ push_destination: true, set: {} }] } };
const calls = (here: TestUndercloud): string[] => here.calls().map(({ words }) => words);

test(
  'images of the roles that no deployment uploads are put into the local registry',
  within(async (here) => {
    expect(await prepare(here, local, [controller, storage])).toMatchObject({ code: 0 });
    const folder = path.join(here.lab(), 'control-plane');
    expect(calls(here)).toEqual([
      `tripleo container image prepare -e ${here.path('settings.yaml')} -e ${folder}/metal.yaml ` +
        `-r ${folder}/image_roles.yaml --output-env-file ${folder}/images.yaml.new`,
    ]);
    expect(parse(here.read('dcn/dev/control-plane/images.yaml'))).toEqual({
      parameter_defaults: { ContainerCephDaemonImage: 'ceph' },
    });
    expect(fs.readdirSync(folder)).not.toContain('images.yaml.new');
    expect(parse(fs.readFileSync(`${folder}/image_roles.yaml`, 'utf8'))).toEqual([storage]);
  }),
);

test(
  'a role with a registry of its own counts, too',
  within(async (here) => {
    const parameters = { CephStorageContainerImagePrepare: [{ push_destination: '192.0.2.1:8787' }] };
    await prepare(here, { parameter_defaults: parameters }, [storage]);
    expect(calls(here)).toHaveLength(1);
  }),
);

test.each([
  ['without a local registry', { parameter_defaults: { ContainerImagePrepare: [{ set: {} }] } }, [storage]],
  ['without settings', {}, [storage]],
  ['where the deployment uploads the images of all roles', local, [controller]],
])('nothing is uploaded %s', (_, settings, roles) =>
  within(async (here) => {
    expect(await prepare(here, settings, roles)).toMatchObject({ code: 0 });
    expect(calls(here)).toEqual([]);
    expect(parse(here.read('dcn/dev/control-plane/images.yaml'))).toEqual({ parameter_defaults: {} });
  })(),
);

test(
  'a failure of the command fails the job',
  within(async (here) => {
    await prepare(here, local, [storage], 'exit 3');
    expect(here.state('control-plane/container-images')).toBe('failed');
    const log = await here.kit(['job', 'log', 'control-plane/container-images']);
    expect(log.stdout).toContain('`sudo openstack tripleo container image prepare …` exited with 3');
  }),
);

test(
  'a file that does not exist is named',
  within(async (here) => {
    const words = ['--environment', here.path('none.yaml'), '--roles', 'r', '--output', 'o'];
    expect(await here.kit(['containers', 'prepare', ...words])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /none\.yaml is missing; if it is the file of undercloud\.containerPrepare/,
      ) as string,
    });
  }),
);
