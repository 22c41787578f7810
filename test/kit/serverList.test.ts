import { FakeGlance } from './fakeGlance';
import { FakeNova } from './fakeNova';
import { within } from './undercloud';

test(
  'servers list: all servers by zone and name, over several pages',
  within(async (here) => {
    const glance = new FakeGlance(here.home);
    const nova = new FakeNova(here.home);
    await Promise.all([glance.open(), nova.open()]);
    try {
      const list = async (): Promise<unknown> =>
        JSON.parse((await here.kit(['servers', 'list', '--json'])).stdout);
      expect(await list()).toEqual([]); // the control plane has no Nova
      glance.services = nova.catalog;
      nova.pageSize = 2;
      const server = (id: string, name: string, zone: string) => ({
        id,
        name,
        status: 'ACTIVE',
        'OS-EXT-AZ:availability_zone': zone,
        flavor: { id: '1', name: 'm1', 'os-flavor-access:is_public': true },
        'OS-EXT-STS:task_state': null,
        'OS-EXT-SRV-ATTR:host': null,
        tenant_id: 'somebodys',
        user_id: 'somebody',
        'os-extended-volumes:volumes_attached': [],
      });
      for (const one of [
        server('1', 'z', 'dcn1'),
        server('2', 'b', 'dcn0'),
        server('3', 'a', 'dcn0'),
        server('4', 'new', ''),
        server('5', 'z', 'dcn1'),
      ]) {
        nova.servers.set(one.id, one);
      }
      expect(await list()).toEqual([
        { id: '4', name: 'new', status: 'ACTIVE', zone: '' },
        { id: '3', name: 'a', status: 'ACTIVE', zone: 'dcn0' },
        { id: '2', name: 'b', status: 'ACTIVE', zone: 'dcn0' },
        { id: '1', name: 'z', status: 'ACTIVE', zone: 'dcn1' },
        { id: '5', name: 'z', status: 'ACTIVE', zone: 'dcn1' },
      ]);
    } finally {
      await Promise.all([glance.close(), nova.close()]);
    }
  }),
);
