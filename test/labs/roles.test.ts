import * as fs from 'node:fs';
import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';
import { itIsComplete } from '../sandbox/everyLab';
import { expectClones, expectGuestBoots, minutes } from '../sandbox/expectations';
import { LabUnderTest } from '../sandbox/labUnderTest';
import { Traces } from '../sandbox/traces';

/*
 * A lab with roles of its own, end to end on the sandbox: a control plane whose database and message bus are on a host of their own, as its
 * Ceph monitor is, and an edge role. The tests share one lab; each builds on the tests before it.
 */
const text = `config:
  glance-dcn:sandbox: { servers: true }
  glance-dcn:rolesData: roles.yaml
  glance-dcn:sites:
    control-plane:
      nodes:
        oc0-controller-0: ControlApi
        oc0-database-1: DatabaseBus
        oc0-ceph-0: CephAll
    dcn0:
      nodes: { oc0-ceph-4: EdgeHCI }
  glance-dcn:images:
    guest:
      source: { url: http://localhost:8088/guest.raw }
      sites: [dcn0]
    plain-64:
      source: { generated: { sizeMiB: 64, seed: roles } }
      sites: [dcn0]
`;
const lab = new LabUnderTest(`roles${process.pid}`);
const machine = Traces.now();

describe('a lab with roles of its own', () => {
  beforeAll(async () => {
    fs.copyFileSync(
      path.join(projectRoot, 'test/model/golden/roles.yaml'),
      path.join(lab.directory, 'roles.yaml'),
    );
    lab.write(() => text);
    await lab.adoptEnvironment();
  }, minutes(3));

  afterAll(() => lab.cleanUp(), minutes(3));

  it(
    'comes up by one command, with clones of images',
    async () => {
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, ['guest', 'plain-64'], ['central', 'dcn0']);
    },
    minutes(30),
  );

  it.each([
    ['oc0-controller-0', ['haproxy'], ['mariadb', 'rabbitmq-server']],
    ['oc0-database-1', ['mariadb', 'rabbitmq-server'], ['haproxy']],
    ['oc0-ceph-0', [], ['haproxy', 'mariadb', 'rabbitmq-server']],
  ])('runs on %s the services of its role, and no others', async (node, present, absent) => {
    const units = await lab.onNode(node, 'systemctl list-units --type service --state running --no-legend');
    expect(present.filter((unit) => !units.includes(`${unit}.service`))).toEqual([]);
    expect(absent.filter((unit) => units.includes(`${unit}.service`))).toEqual([]);
  });

  it('has the monitors of its clusters where CephMon is', async () => {
    expect(await lab.onNode('oc0-ceph-0', 'ceph --cluster central mon dump')).toContain('mon.oc0-ceph-0');
    expect(await lab.onNode('oc0-ceph-4', 'ceph --cluster dcn0 mon dump')).toContain('mon.oc0-ceph-4');
  });

  it(
    'boots a server on a host of the edge role, whose disk is a clone',
    () => expectGuestBoots(lab, ['dcn0']),
    minutes(5),
  );

  itIsComplete(
    lab,
    ['plain-64'],
    [
      { node: 'oc0-ceph-0', cluster: 'central' },
      { node: 'oc0-ceph-4', cluster: 'dcn0' },
    ],
  );

  it(
    'leaves nothing behind',
    async () => {
      await lab.dcn('destroy', '--yes');
      expect(machine.leftSince(lab.name)).toEqual([]);
    },
    minutes(10),
  );
});
