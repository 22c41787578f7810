import type { FakeServer } from './fakeNova';
import { type Here, boot, flavor, lab, prove } from './serverLab';

jest.setTimeout(90_000);

/** A server that the kit has booted. */
async function bootedServer(at: Here): Promise<FakeServer> {
  expect(await boot(at)).toMatchObject({ code: 0 });
  return [...at.nova.servers.values()][0] as FakeServer;
}

describe('who asks for a server', () => {
  test.concurrent(
    'is a tenant whose project the kit makes for servers that stay',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      const ended = await Promise.all(['a', 'b'].map((name) => boot(at, { name })));
      expect(ended.map(({ code }) => code)).toEqual([0, 0]);
      const [, project, ...more] = at.glance.keystone.projects;
      expect([project?.name, more]).toEqual(['glance-dcn', []]);
      expect([...at.nova.servers.values()].map(({ tenant_id: id }) => id)).toEqual([
        project?.id,
        project?.id,
      ]);
      expect((await boot(at, { name: 'a' })).stderr).toMatch(/^server a: a server of this name exists/);
    }),
  );

  test.concurrent(
    'is, for a proof, a tenant whose project goes with the server, also that of a killed proof',
    lab(async (at) => {
      const { keystone } = at.glance;
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      expect(await prove(at)).toMatchObject({ code: 0 });
      expect(at.nova.asked).toHaveLength(1);
      expect(keystone.projects.map(({ name }) => name)).toEqual(['admin']);
      expect([[...at.nova.securityGroups], at.nova.rbacPolicies]).toEqual([[], []]);
      keystone.projects.push({ id: 'left', name: 'glance-dcn-verify-dcn0' });
      at.nova.securityGroups.add('left');
      expect(await prove(at, { asAdmin: true })).toMatchObject({ code: 0 });
      expect(keystone.projects.map(({ name }) => name)).toEqual(['admin']);
      expect([...at.nova.securityGroups]).toEqual(['admin']);
    }),
  );

  test.concurrent(
    'finds the server of a killed proof without its project, and takes no server of another user for it',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      const left = { ...(await bootedServer(at)), name: 'glance-dcn-verify-dcn0' };
      at.nova.servers.clear();
      at.nova.servers.set('ours', { ...left, id: 'ours', tenant_id: 'gone' });
      at.nova.servers.set('theirs', { ...left, id: 'theirs', user_id: 'somebody' });
      expect(await prove(at)).toMatchObject({ code: 0 });
      expect([...at.nova.servers.keys()]).toEqual(['theirs']);
    }),
  );

  test.concurrent(
    'is the administrator if that is asked for, or if the image is not for all projects',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.glance.add('own', ['central', 'dcn0'], { visibility: 'private' });
      const asked = await boot(at, { name: 'a', asAdmin: true });
      expect(asked.stderr).not.toContain('the administrator asks');
      const own = await boot(at, { name: 'b', image: 'own' });
      expect(own.stderr).toMatch(/image own: its visibility is private, and .* the administrator asks/);
      expect([...at.nova.servers.values()].map(({ tenant_id: id }) => id)).toEqual(['admin', 'admin']);
      expect(at.glance.keystone.projects).toHaveLength(1);
    }),
  );

  test.concurrent(
    'may use the flavor and the network: other ones are refused at once, before anything is made',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.nova.flavors.push(
        { ...flavor('7', 'closed'), 'os-flavor-access:is_public': false },
        { ...flavor('8', 'bare'), disk: 0 },
      );
      at.nova.networks.push({ id: 'n', name: 'own', subnets: [], shared: false, project_id: 'p' });
      const refused = await boot(at, { flavor: 'closed', network: 'own' });
      expect(refused.code).toBe(2);
      expect(refused.stderr.trim().split('\n')).toEqual([
        expect.stringMatching(/^flavor closed: is not public, .*--as-admin$/),
        expect.stringMatching(/^network own: is not shared with all projects, .*--as-admin$/),
      ]);
      expect((await boot(at, { flavor: 'bare' })).stderr).toMatch(/^flavor bare: has no disk \(0 GiB\)/);
      expect([at.glance.keystone.projects.length, at.nova.asked.length]).toEqual([1, 0]);
      expect(await boot(at, { flavor: 'closed', network: 'own', asAdmin: true })).toMatchObject({ code: 0 });
      expect(await boot(at, { name: 'on-volume', flavor: 'bare', volume: true })).toMatchObject({ code: 0 });
    }),
  );

  test.concurrent(
    'is refused where the user would be an administrator there, too',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.glance.keystone.inherited = ['admin'];
      expect(await prove(at)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/has the role admin in every new project, .*--as-admin/) as string,
      });
      expect((await boot(at)).stderr).toContain('in every new project');
      expect([at.glance.keystone.projects.length, at.nova.asked.length]).toEqual([1, 0]);
      at.glance.keystone.roles = [];
      expect((await boot(at)).stderr).toContain('its Keystone has no role member');
    }),
  );

  test.concurrent(
    'is not asked for a network of another project that has the same name',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.nova.networks.push({ id: 'n', name: 'glance-dcn', subnets: [], shared: false, project_id: 'p' });
      expect(await boot(at)).toMatchObject({ code: 0 });
      expect(at.nova.networks[0]).toEqual({
        id: 'n',
        name: 'glance-dcn',
        subnets: [],
        shared: false,
        project_id: 'p',
      });
      const [used] = at.nova.asked[0]?.networks ?? [];
      expect(at.nova.rbacPolicies.map(({ object_id: id }) => id)).toEqual([used?.uuid]);
      expect(used?.uuid).not.toBe('n');
    }),
  );

  test.concurrent(
    'keeps the outcome of a proof whose project cannot be removed, and says so',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.nova.refusal = { call: /^DELETE \/v2.0\/security-groups/, says: 'Security group is in use.' };
      const ended = await prove(at);
      expect(ended).toMatchObject({ code: 0 });
      expect(ended.stderr).toMatch(
        /project glance-dcn-verify-dcn0: stays, and the next proof at the site removes it: /,
      );
      at.nova.refusal = undefined;
      expect(await prove(at)).toMatchObject({ code: 0 });
      expect(at.glance.keystone.projects).toHaveLength(1);
    }),
  );

  test.concurrent(
    'gets a flavor with room for the image, and with the memory that the image wants',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], {
        visibility: 'public',
        virtual_size: 3 * 2 ** 30,
        min_disk: 5,
        min_ram: 1024,
      });
      expect(await boot(at)).toMatchObject({ code: 0 });
      expect(at.nova.flavors).toMatchObject([{ name: 'glance-dcn-1024-5', ram: 1024, disk: 5 }]);
    }),
  );
});
