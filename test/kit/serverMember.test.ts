import { boot, flavor, lab, prove } from './serverLab';

jest.setTimeout(90_000);

describe('who asks for a server', () => {
  test.concurrent(
    'is a member of a project that the kit makes for servers that stay',
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
    'is, for a proof, a member of a project that goes with the server, also that of a killed proof',
    lab(async (at) => {
      const { keystone } = at.glance;
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      expect(await prove(at)).toMatchObject({ code: 0 });
      expect(at.nova.asked).toHaveLength(1);
      expect(keystone.projects.map(({ name }) => name)).toEqual(['admin']);
      expect([...at.nova.securityGroups]).toEqual([]);
      keystone.projects.push({ id: 'left', name: 'glance-dcn-verify-dcn0' });
      at.nova.securityGroups.add('left');
      expect(await prove(at, { asAdmin: true })).toMatchObject({ code: 0 });
      expect(keystone.projects.map(({ name }) => name)).toEqual(['admin']);
      expect([...at.nova.securityGroups]).toEqual(['admin']);
    }),
  );

  test.concurrent(
    'is the administrator if that is asked for, or if the image is not for all projects',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.glance.add('own', ['central', 'dcn0'], { visibility: 'private' });
      const asked = await boot(at, { name: 'a', asAdmin: true });
      expect(asked.stderr).not.toContain('an administrator asks');
      const own = await boot(at, { name: 'b', image: 'own' });
      expect(own.stderr).toContain(
        'image own: its visibility is private: an administrator asks for the server',
      );
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
      at.nova.networks.push({ id: 'n', name: 'own', subnets: [], shared: false });
      const refused = await boot(at, { flavor: 'closed', network: 'own' });
      expect(refused.code).toBe(2);
      expect(refused.stderr.trim().split('\n')).toEqual([
        expect.stringMatching(/^flavor closed: is not public, .*--as-admin$/),
        expect.stringMatching(/^network own: is not shared, .*network set --share n\).*--as-admin$/),
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
        stderr: expect.stringMatching(/has the role admin there, .*--as-admin/) as string,
      });
      expect([at.glance.keystone.projects.length, at.nova.asked.length]).toEqual([1, 0]);
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
