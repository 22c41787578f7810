import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { FakeGlance } from './fakeGlance';
import { type Glance, cases, runCase } from './glanceCases';

/* The fake answers as the sandbox's real Glance does: test/sandbox/lab.test.ts runs the same cases there. */

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'fake-glance-'));
const fake = new FakeGlance(home);

const glance: Glance = {
  send: async ({ method, path: place, json, data, headers }) => {
    const response = await fetch(`${fake.url}${place}`, {
      method,
      body: data ?? (json === undefined ? undefined : JSON.stringify(json)),
      headers: {
        'X-Auth-Token': fake.keystone.token,
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      json: text.startsWith('{') ? (JSON.parse(text) as unknown) : undefined,
    };
  },
  clone: async (id, store) => {
    const children = path.join(home, 'ceph', store, 'children', id);
    fs.mkdirSync(path.dirname(children), { recursive: true });
    fs.writeFileSync(children, 'vms/disk\n');
    return async () => fs.rmSync(children);
  },
};

beforeAll(async () => {
  fake.stores = ['central', 'dcn0', 'dcn1'];
  await fake.open();
});

afterAll(async () => {
  await fake.close();
  fs.rmSync(home, { recursive: true });
});

it.each(Object.keys(cases))('%s', async (title) => {
  await runCase(glance, title);
});
