import { roles } from '../../model/roles';

test("the host name pattern of a role with Ceph daemons matches no other role's hosts", () => {
  // tripleo-ansible ceph_spec_bootstrap.py get_deployed_roles_to_hosts: `%stackname%` becomes `.*`, `-%index%` goes.
  const found = roles
    .filter(({ mon, osd }) => mon || osd)
    .map(({ name, hostname }) => {
      const pattern = new RegExp(`^.*-${hostname}`);
      return [name, roles.filter((role) => pattern.test(`dcn0-${role.hostname}-0`)).map((role) => role.name)];
    });
  expect(found).toEqual(found.map(([name]) => [name, [name]]));
});
