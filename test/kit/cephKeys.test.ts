import * as fs from 'node:fs';
import { parse, stringify } from 'yaml';
import { type TestUndercloud, within } from './undercloud';

const user = { name: 'client.openstack', mode: '0600', caps: { mon: 'profile rbd' } };
const pools = [{ name: 'images', application: 'rbd' }];
const folder = 'dcn/dev/external-ceph';
const variables = `${folder}/ceph_vars.yaml`;
const output = `${folder}/ceph_vars_with_keys.yaml`;
const clients = 'overcloud-deploy/external-ceph/ceph_client.yml';
const made = 'AQDLOh1VgEp6FRAAFzT7Zw+Y9V6JJExQAsRnRQ==';

interface Written {
  tripleo_cephadm_keys: { key: string }[];
}

/** The content of the file for `ceph deploy` after a run of the kit, which must print nothing. */
async function keys(here: TestUndercloud): Promise<Written> {
  here.write(variables, stringify({ tripleo_cephadm_pools: pools, tripleo_cephadm_keys: [user] }));
  const paths = { '--variables': variables, '--clients': clients, '--output': output };
  const words = Object.entries(paths).flatMap(([option, file]) => [option, here.path(file)]);
  expect(await here.kit(['ceph', 'keys', ...words])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  return parse(here.read(output)) as Written;
}

const keyOf = ({ tripleo_cephadm_keys: [entry] }: Written) => entry?.key ?? '';

test.concurrent(
  'gives a user a key in the form of Ceph that it keeps, in a file for nobody else',
  within(async (here) => {
    const first = await keys(here);
    const key = keyOf(first);
    expect(first).toEqual({ tripleo_cephadm_pools: pools, tripleo_cephadm_keys: [{ ...user, key }] });
    const bytes = Buffer.from(key, 'base64');
    expect([key.length, bytes.length, bytes.readUInt16LE(0), bytes.readUInt16LE(10)]).toEqual([
      40, 28, 1, 16,
    ]);
    expect(Math.abs(bytes.readUInt32LE(2) - Date.now() / 1000)).toBeLessThan(60);
    expect(fs.statSync(here.path(output)).mode & 0o777).toBe(0o600);
    expect(keyOf(await keys(here))).toBe(key);
  }),
);

test.concurrent(
  'makes another key for another cluster',
  within(async (here) => {
    const key = keyOf(await keys(here));
    fs.rmSync(here.path(output));
    expect(keyOf(await keys(here))).not.toBe(key);
  }),
);

test.concurrent(
  'takes the key that a cluster has already: another one would shut its clients out',
  within(async (here) => {
    here.write(clients, stringify({ keys: [{ name: user.name, key: made, caps: user.caps }] }));
    expect(keyOf(await keys(here))).toBe(made);
    fs.rmSync(here.path(clients));
    expect(keyOf(await keys(here))).toBe(made);
  }),
);
