import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeParts } from '../../cli/backup/content';
import { type TarEntry, endOfTar, fileEntry, headOf, readTar } from '../../cli/backup/tar';
import { type Parts, undercloudNames } from '../../cli/backup/undercloudHalf';
import { projectRoot } from '../../lib/paths';
import { type TestUndercloud, within } from './undercloud';

/** Runs kit/backup/half.py as `./dcn` does. @throws Error with what it says */
function half(here: TestUndercloud, verb: string, parts: Parts, input: Uint8Array = Buffer.alloc(0)): Buffer {
  const text = fs.readFileSync(path.join(projectRoot, 'kit/backup/half.py'), 'utf8');
  const { status, stdout, stderr } = spawnSync('python3', ['-c', text, verb], {
    input: Buffer.concat([Buffer.from(`${JSON.stringify(parts)}\n`), input]),
    env: { HOME: here.home, PATH: process.env.PATH },
  });
  if (status !== 0) {
    throw new Error(stderr.toString());
  }
  return stdout;
}

/** Packs parts, loses `names` of the home, and unpacks what the tar has of the parts. */
async function lose(here: TestUndercloud, parts: Parts, names: string[]): Promise<void> {
  half(here, 'check', parts);
  const tar = Buffer.concat([half(here, 'pack', parts), endOfTar]);
  const found = new Set<string>();
  const file = { read: (read: (tar: AsyncIterable<Uint8Array>) => Promise<void>) => read(inBlocks(tar)) };
  await readTar(inBlocks(tar), async ({ path: name }, content) => {
    found.add(name);
    for await (const bytes of content) {
      void bytes;
    }
  });
  const kept = Object.fromEntries(Object.entries(parts).filter(([part]) => found.has(part)));
  const blocks: Uint8Array[] = [];
  await writeParts(file, kept, async (bytes) => void blocks.push(bytes));
  names.forEach((name) => fs.rmSync(here.path(name), { recursive: true }));
  half(here, 'unpack', kept, ended(...blocks));
}

async function* inBlocks(tar: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(tar);
}

const ended = (...blocks: Uint8Array[]): Buffer =>
  Buffer.concat([...blocks, fileEntry(undercloudNames.end, Buffer.alloc(0)), endOfTar]);

const stack = 'overcloud-deploy/dcn0';
const passwords = `${stack}/dcn0-passwords.yaml`;

test(
  'folders that are links to another disk are in a backup with their content',
  within(async (here) => {
    fs.renameSync(here.lab(), here.path('disk-lab'));
    fs.symlinkSync('../disk-lab', here.lab());
    here.write('disk-dcn0/dcn0-passwords.yaml', 'the passwords');
    fs.mkdirSync(here.path('overcloud-deploy'));
    fs.symlinkSync('../disk-dcn0', here.path(stack));
    here.write('disk-lab/record', 'a record');
    await lose(here, { [undercloudNames.lab]: here.lab(), 'undercloud/stacks/dcn0': here.path(stack) }, [
      'disk-lab',
      'disk-dcn0',
      'dcn',
      'overcloud-deploy',
    ]);
    expect([here.read('dcn/dev/record'), here.read(passwords)]).toEqual(['a record', 'the passwords']);
  }),
);

test(
  "an environment file in the stack's folder is restored with the folder",
  within(async (here) => {
    const environment = here.path(`${stack}/own.yaml`);
    here.write(`${stack}/own.yaml`, 'an environment');
    here.write(passwords, 'the passwords');
    await lose(
      here,
      {
        [undercloudNames.lab]: here.lab(),
        'undercloud/stacks/dcn0': here.path(stack),
        [`undercloud/files${environment}`]: environment,
      },
      ['dcn', 'overcloud-deploy'],
    );
    expect(fs.readdirSync(here.path(stack)).sort()).toEqual(['dcn0-passwords.yaml', 'own.yaml']);
  }),
);

test(
  'an entry below a link is refused, and nothing is written',
  within(async (here) => {
    fs.mkdirSync(here.path('elsewhere'));
    const entry = (fields: Partial<TarEntry>): Buffer =>
      headOf({ path: '', type: 'File', mode: 0o600, mtime: new Date(0), size: 0, ...fields });
    const link = (name: string) => entry({ path: name, type: 'SymbolicLink', link: here.path('elsewhere') });
    const parts = { 'undercloud/stacks/dcn0': here.path(stack) };
    for (const [name, blocks] of [
      ['undercloud/stacks/dcn0/key', [link('undercloud/stacks/dcn0')]],
      [
        'undercloud/stacks/dcn0/inner/key',
        [entry({ path: 'undercloud/stacks/dcn0', type: 'Directory' }), link('undercloud/stacks/dcn0/inner')],
      ],
    ] as const) {
      expect(() => half(here, 'unpack', parts, ended(...blocks, entry({ path: name })))).toThrow(
        `${name}: is below a link`,
      );
    }
    expect([fs.readdirSync(here.path('elsewhere')), fs.readdirSync(here.path('overcloud-deploy'))]).toEqual([
      [],
      [],
    ]);
  }),
);

test(
  'a name that is not UTF-8 is refused, because no restore could compare it',
  within(async (here) => {
    fs.writeFileSync(Buffer.concat([Buffer.from(`${here.lab()}/bad`), Buffer.from([0xff])]), '');
    expect(() => half(here, 'check', { [undercloudNames.lab]: here.lab() })).toThrow(
      "bad\\udcff': its name is not UTF-8: rename or remove it",
    );
    await Promise.resolve();
  }),
);
