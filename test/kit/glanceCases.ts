import { createHash } from 'node:crypto';
import { sleep } from './undercloud';

/*
 * What the kit relies on in Glance, as requests and their answers. The parts hold fakeGlance against these cases
 * (fakeGlance.test.ts), the tests of the sandbox's lab its real Glance (test/sandbox/realGlance.ts).
 *
 * Not among them is what no request to a Glance of a lab brings about: that the lock of a dead import goes to another import (chaos has such
 * imports, with the real Glance), and the refusals of quotas, also before the end of an upload. For these the fake follows Glance's source:
 * importLocks.test.ts, outages.test.ts, directQuota.test.ts.
 */

/** A request to the Image API, or below /v3 to the Identity API, as the administrator. */
export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the endpoint. */
  path: string;
  json?: unknown;
  /** Data of an image, instead of `json`. */
  data?: string;
  headers?: Record<string, string>;
}

/** `json`: undefined where the answer has none, such as an error page. */
export interface Answer {
  status: number;
  text: string;
  json?: unknown;
}

/** A Glance with the stores central, dcn0 and dcn1, each a Ceph cluster. */
export interface Glance {
  send(request: Request): Promise<Answer>;
  /** Makes a clone of an image's copy in a store, as a server's disk is; gives what removes it. */
  clone(id: string, store: string): Promise<() => Promise<void>>;
}

/** A case; `image` makes an image of the case's name with these bytes in a store, and gives its id. */
export type Case = (glance: Glance, image: (data: string, store: string) => Promise<string>) => Promise<void>;

const patchType = { 'Content-Type': 'application/openstack-images-v2.1-json-patch' };
const patch = (id: string, ...json: { op: string; path: string; value?: unknown }[]): Request => ({
  method: 'PATCH',
  path: `/v2/images/${id}`,
  json,
  headers: patchType,
});
const replace = (id: string, key: string, value: unknown): Request =>
  patch(id, { op: 'replace', path: `/${key}`, value });
const add = (key: string, value: unknown) => ({ op: 'add', path: `/${key}`, value });
const get = (id: string): Request => ({ method: 'GET', path: `/v2/images/${id}` });
const remove = (id: string): Request => ({ method: 'DELETE', path: `/v2/images/${id}` });
const removeCopy = (id: string, store: string): Request => ({
  method: 'DELETE',
  path: `/v2/stores/${store}/${id}`,
});
const copy = (id: string, ...stores: string[]): Request => ({
  method: 'POST',
  path: `/v2/images/${id}/import`,
  json: { method: { name: 'copy-image' }, stores, all_stores: false, all_stores_must_succeed: true },
});

interface Shown {
  id: string;
  name: string;
  status: string;
  stores?: string;
  os_glance_import_task?: string;
  [key: string]: unknown;
}

/** The image as Glance shows it. */
async function shown(glance: Glance, id: string): Promise<Shown> {
  return (await glance.send(get(id))).json as Shown;
}

/** Waits until an image's import has ended; gives its stores, sorted. */
async function storesAfterImport(glance: Glance, id: string): Promise<string[]> {
  const end = Date.now() + 60_000;
  for (;;) {
    const { stores = '', os_glance_import_task: lock } = await shown(glance, id);
    if (!lock) {
      return stores.split(',').sort();
    }
    if (Date.now() > end) {
      throw new Error(`image ${id}: its import has not ended within a minute`);
    }
    await sleep(0.2);
  }
}

async function expectStatus(glance: Glance, request: Request, status: number, text = /(?:)/): Promise<void> {
  const answer = await glance.send(request);
  expect({ request, status: answer.status, text: answer.text }).toEqual({
    request,
    status,
    text: expect.stringMatching(text) as string,
  });
}

/** Creates an image without data. */
export async function create(glance: Glance, name: string, more: object = {}): Promise<Shown> {
  const json = { name, disk_format: 'raw', container_format: 'bare', ...more };
  const { status, json: made } = await glance.send({ method: 'POST', path: '/v2/images', json });
  expect(status).toBe(201);
  return made as Shown;
}

const upload = (id: string, data: string, store: string): Request => ({
  method: 'PUT',
  path: `/v2/images/${id}/file`,
  data,
  headers: { 'Content-Type': 'application/octet-stream', 'X-Image-Meta-Store': store },
});

/** Images of a name, with more conditions, in the order of the list. */
async function listed(glance: Glance, name: string, more = ''): Promise<string[]> {
  const { json } = await glance.send({ method: 'GET', path: `/v2/images?name=${name}&limit=100${more}` });
  return (json as { images: Shown[] }).images.map(({ id }) => id);
}

export const cases: Record<string, Case> = {
  'lists its stores': async (glance) => {
    const { json } = await glance.send({ method: 'GET', path: '/v2/info/stores' });
    const ids = (json as { stores: { id: string }[] }).stores.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['central', 'dcn0', 'dcn1']));
  },

  'refuses another token': async (glance) => {
    await expectStatus(glance, { ...get('any'), headers: { 'X-Auth-Token': 'another' } }, 401);
  },

  'knows no image that it does not have': async (glance) => {
    await expectStatus(glance, get('00000000-0000-4000-8000-000000000000'), 404);
  },

  'takes data into the store that the upload names, with size and hash': async (glance) => {
    const made = await create(glance, 'case-upload');
    expect(made).toMatchObject({ status: 'queued', visibility: 'shared', os_hidden: false, size: null });
    await expectStatus(glance, copy(made.id, 'dcn1'), 409, /status active/);
    await expectStatus(glance, upload(made.id, 'some data', 'dcn0'), 204);
    expect(await shown(glance, made.id)).toMatchObject({
      status: 'active',
      stores: 'dcn0',
      size: 9,
      os_hash_algo: 'sha512',
      os_hash_value: createHash('sha512').update('some data').digest('hex'),
    });
    await expectStatus(glance, remove(made.id), 204);
    await expectStatus(glance, get(made.id), 404);
  },

  'copies an image, one import at a time, and keeps a record of it': async (glance, image) => {
    const id = await image('copied', 'central');
    await expectStatus(glance, copy(id, 'nowhere'), 409, /nowhere/);
    await expectStatus(glance, copy(id, 'central'), 400, /already present/);
    await expectStatus(glance, copy(id, 'dcn0', 'dcn1'), 202);
    await expectStatus(glance, copy(id, 'dcn0', 'dcn1'), 409, /active task/);
    expect(await storesAfterImport(glance, id)).toEqual(['central', 'dcn0', 'dcn1']);
    const { json } = await glance.send({ method: 'GET', path: `/v2/images/${id}/tasks` });
    expect((json as { tasks: object[] }).tasks).toEqual([expect.objectContaining({ status: 'success' })]);
  },

  'removes copies, but not the last, and none of an unknown store': async (glance, image) => {
    const id = await image('removed', 'central');
    await expectStatus(glance, copy(id, 'dcn0'), 202);
    await storesAfterImport(glance, id);
    await expectStatus(glance, removeCopy(id, 'nowhere'), 409, /nowhere/);
    await expectStatus(glance, removeCopy(id, 'dcn1'), 404);
    await expectStatus(glance, removeCopy(id, 'central'), 204);
    await expectStatus(glance, removeCopy(id, 'dcn0'), 403, /only store/);
    expect(await shown(glance, id)).toMatchObject({ status: 'active', stores: 'dcn0' });
  },

  'keeps a copy of which a server’s disk is a clone, but not the copies before it': async (glance, image) => {
    const id = await image('cloned', 'central');
    await expectStatus(glance, copy(id, 'dcn0'), 202);
    await storesAfterImport(glance, id);
    const end = await glance.clone(id, 'dcn0');
    await expectStatus(glance, removeCopy(id, 'dcn0'), 409, /in use/);
    await expectStatus(glance, remove(id), 409, /in use/);
    expect(await shown(glance, id)).toMatchObject({ status: 'active', stores: 'dcn0' });
    await end();
  },

  'keeps a protected image, though not its copies': async (glance, image) => {
    const id = await image('protected', 'central');
    await expectStatus(glance, replace(id, 'protected', true), 200);
    await expectStatus(glance, remove(id), 403, /protected/);
    await expectStatus(glance, copy(id, 'dcn0'), 202);
    await storesAfterImport(glance, id);
    await expectStatus(glance, removeCopy(id, 'central'), 204);
    await expectStatus(glance, replace(id, 'protected', false), 200);
  },

  'replaces no property that an image does not have': async (glance, image) => {
    const id = await image('patched', 'central');
    await expectStatus(glance, replace(id, 'unheard_of', 'value'), 409, /unheard_of/);
  },

  'changes fields, properties and tags of an image in place, all of them or none': async (glance, image) => {
    const id = await image('settings', 'central');
    const fresh = {
      visibility: 'shared',
      protected: false,
      os_hidden: false,
      min_disk: 0,
      min_ram: 0,
      tags: [],
    };
    expect(await shown(glance, id)).toMatchObject(fresh);
    const more = { visibility: 'private', os_hidden: true, min_disk: 2, min_ram: 512, hw_disk_bus: 'scsi' };
    const changes = Object.entries(more).map(([key, value]) => add(key, value));
    await expectStatus(glance, patch(id, ...changes, add('tags', ['b', 'a', 'b'])), 200);
    const changed = await shown(glance, id);
    expect(changed).toMatchObject({ ...more, status: 'active', stores: 'central' });
    expect((changed.tags as string[]).sort()).toEqual(['a', 'b']);
    await expectStatus(glance, patch(id, add('min_ram', 1), { op: 'remove', path: '/unheard_of' }), 409);
    await expectStatus(glance, patch(id, { op: 'remove', path: '/min_disk' }), 403, /may not be removed/);
    await expectStatus(glance, patch(id, { op: 'remove', path: '/hw_disk_bus' }), 200);
    const less = await shown(glance, id);
    expect(less).toMatchObject({ min_disk: 2, min_ram: 512 });
    expect(less).not.toHaveProperty('hw_disk_bus');
  },

  'takes no fields that are its own, and no values of another kind': async (glance, image) => {
    const id = await image('own', 'central');
    await expectStatus(glance, patch(id, add('size', 1)), 403, /read-only/);
    await expectStatus(glance, patch(id, add('os_glance_x', 'y')), 403, /reserved/);
    await expectStatus(glance, patch(id, add('min_disk', -1)), 400);
    await expectStatus(glance, patch(id, add('min_disk', '1')), 400);
    await expectStatus(glance, patch(id, add('protected', 'true')), 400);
    await expectStatus(glance, patch(id, add('hw_disk_bus', 1)), 400);
    await expectStatus(glance, patch(id, add('visibility', 'secret')), 400);
  },

  'shares an image with members while its visibility is shared, and keeps those it hides': async (
    glance,
    image,
  ) => {
    const id = await image('shared', 'central');
    const members = `/v2/images/${id}/members`;
    const join = (member: string): Request => ({ method: 'POST', path: members, json: { member } });
    const leave = (member: string): Request => ({ method: 'DELETE', path: `${members}/${member}` });
    const list = async (): Promise<string[]> => {
      const { json } = await glance.send({ method: 'GET', path: members });
      return (json as { members: { member_id: string }[] }).members.map(({ member_id }) => member_id).sort();
    };
    await expectStatus(glance, join('ca5e'), 200);
    await expectStatus(glance, join('ca5f'), 200);
    await expectStatus(glance, join('ca5e'), 409);
    expect(await list()).toEqual(['ca5e', 'ca5f']);
    await expectStatus(glance, leave('ca5e'), 204);
    await expectStatus(glance, leave('ca5e'), 404);
    await expectStatus(glance, replace(id, 'visibility', 'private'), 200);
    await expectStatus(glance, { method: 'GET', path: members }, 403);
    await expectStatus(glance, join('ca5e'), 403);
    await expectStatus(glance, leave('ca5f'), 403);
    await expectStatus(glance, replace(id, 'visibility', 'shared'), 200);
    expect(await list()).toEqual(['ca5f']);
  },

  'has its projects at Keystone by name and by id': async (glance) => {
    const named = async (name: string): Promise<{ id: string; name: string }[]> => {
      const { json } = await glance.send({ method: 'GET', path: `/v3/projects?name=${name}` });
      return (json as { projects: { id: string; name: string }[] }).projects;
    };
    const [admin] = await named('admin');
    expect(admin?.name).toBe('admin');
    const { json } = await glance.send({ method: 'GET', path: `/v3/projects/${admin?.id}` });
    expect(json).toMatchObject({ project: { name: 'admin' } });
    expect(await named('unheard-of')).toEqual([]);
    await expectStatus(glance, { method: 'GET', path: '/v3/projects/unheard-of' }, 404);
  },

  'makes a project at Keystone once, and removes it': async (glance) => {
    const asked = { project: { name: 'case-project', description: 'A case', domain_id: 'default' } };
    const make: Request = { method: 'POST', path: '/v3/projects', json: asked };
    const made = (await glance.send(make)).json as { project: { id: string; domain_id: string } };
    expect(made).toMatchObject(asked);
    await expectStatus(glance, make, 409);
    const named = '/v3/projects?name=case-project&domain_id=default';
    expect((await glance.send({ method: 'GET', path: named })).json).toMatchObject({
      projects: [{ id: made.project.id }],
    });
    const roles = (await glance.send({ method: 'GET', path: '/v3/roles?name=member' })).json;
    expect(roles).toMatchObject({ roles: [{ name: 'member' }] });
    expect((await glance.send({ method: 'GET', path: '/v3/roles?name=unheard-of' })).json).toMatchObject({
      roles: [],
    });
    await expectStatus(glance, { method: 'DELETE', path: `/v3/projects/${made.project.id}` }, 204);
    await expectStatus(glance, { method: 'DELETE', path: `/v3/projects/${made.project.id}` }, 404);
  },

  'lists images page by page, the newest first': async (glance) => {
    const made: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      made.unshift((await create(glance, 'case-page')).id);
      // Glance sorts by whole seconds.
      await sleep(1.1);
    }
    const first = await glance.send({ method: 'GET', path: '/v2/images?name=case-page&limit=2' });
    const page = first.json as { images: Shown[]; next: string };
    expect(page.images.map(({ id }) => id)).toEqual(made.slice(0, 2));
    const rest = (await glance.send({ method: 'GET', path: page.next })).json as typeof page;
    expect(rest.images.map(({ id }) => id)).toEqual(made.slice(2));
    expect(rest).not.toHaveProperty('next');
    const unknown = '/v2/images?marker=00000000-0000-4000-8000-000000000000';
    await expectStatus(glance, { method: 'GET', path: unknown }, 400);
    await Promise.all(made.map((id) => glance.send(remove(id))));
  },

  'lists images of a name, status or property, by name, and goes on after any image that it has': async (
    glance,
  ) => {
    const of = { case_of: 'listing' };
    const [b, a, colon, other] = [
      await create(glance, 'case-sort-b', of),
      await create(glance, 'case-sort-a', of),
      await create(glance, 'case:sort', of),
      await create(glance, 'case-sort-c'),
    ];
    const ids = async (more: string): Promise<string[]> => {
      const { json } = await glance.send({ method: 'GET', path: `/v2/images?sort=name:asc&${more}` });
      return (json as { images: Shown[] }).images.map(({ id }) => id);
    };
    expect(await ids('case_of=listing')).toEqual([a.id, b.id, colon.id]);
    expect(await ids(`case_of=listing&marker=${a.id}`)).toEqual([b.id, colon.id]);
    expect(await ids('case_of=listing&status=queued&limit=1')).toEqual([a.id]);
    expect(await ids('case_of=listing&status=active')).toEqual([]);
    expect(await ids('name=case-sort-c')).toEqual([other.id]);
    expect(await ids('name=eq:case:sort')).toEqual([colon.id]);
    await expectStatus(glance, { method: 'GET', path: '/v2/images?name=case:sort' }, 400, /operator/);
    await Promise.all([a, b, colon, other].map(({ id }) => glance.send(remove(id))));
  },

  'lists hidden images, and community images of other projects, only if they are asked for': async (
    glance,
  ) => {
    const name = 'case-listed';
    const [hidden, ours, theirs] = [
      await create(glance, name, { os_hidden: true }),
      await create(glance, name, { visibility: 'community' }),
      await create(glance, name, { visibility: 'community', owner: 'ca5e'.repeat(8) }),
    ];
    expect(await listed(glance, name)).toEqual([ours.id]);
    expect(await listed(glance, name, '&os_hidden=true')).toEqual([hidden.id]);
    const both = [ours.id, theirs.id].sort();
    expect((await listed(glance, name, '&visibility=community')).sort()).toEqual(both);
    expect((await listed(glance, name, '&visibility=all')).sort()).toEqual(both);
    await Promise.all([hidden, ours, theirs].map(({ id }) => glance.send(remove(id))));
  },
};

/** Runs a case, and removes its image. */
export async function runCase(glance: Glance, title: string): Promise<void> {
  const made: string[] = [];
  await (cases[title] as Case)(glance, async (data, store) => {
    const { id } = await create(glance, `case-${made.length}-${data}`);
    made.push(id);
    await expectStatus(glance, upload(id, data, store), 204);
    return id;
  });
  for (const id of made) {
    await expectStatus(glance, remove(id), 204);
  }
}
