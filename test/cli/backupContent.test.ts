import { readBackup } from '../../cli/backup/content';
import { type Manifest, inArchive, newManifest } from '../../cli/backup/manifest';
import { endOfTar, fileEntry } from '../../cli/backup/tar';
import { undercloudNames } from '../../cli/backup/undercloudHalf';

/** Reads a backup that has a lab file, no half of the undercloud, and a manifest that says more. */
function read(says: Partial<Record<keyof Manifest, unknown>>): ReturnType<typeof readBackup> {
  const manifest = newManifest({
    ...{
      product: '9.8.7',
      kit: '',
      lab: 'dev',
      time: '2026-01-01T00:00:00.000Z',
      directory: '/home/stack/dcn/dev',
    },
    ...{ stacks: [], hasPassphrase: false, beside: [], parts: {}, sha256: {} },
  });
  const tar = [
    fileEntry(inArchive.labFile, Buffer.from('config: {}\n')),
    fileEntry(undercloudNames.manifest, Buffer.from('{"entries": {}}')),
    fileEntry(inArchive.manifest, Buffer.from(JSON.stringify({ ...manifest, ...says }))),
    endOfTar,
  ];
  return readBackup('dev.age', {
    read: (reader) =>
      reader(
        (async function* () {
          yield await Promise.resolve(Buffer.concat(tar));
        })(),
      ),
  });
}

test('a backup whose manifest names what it has', async () => {
  expect([...(await read({})).states]).toEqual([]);
});

test('a manifest that names a stack or a file which the backup lacks is refused', async () => {
  await expect(read({ stacks: ['dev-dcn0'], beside: ['nics/a.j2'] })).rejects.toThrow(
    'dev.age: differs from its manifest: state/stacks/dev-dcn0.json, lab/beside/0. Nothing was changed.',
  );
});

test('a backup of another format names the version that wrote it', async () => {
  await expect(read({ format: 2 })).rejects.toThrow(
    /^dev\.age: is no backup that this version of glance-dcn reads: [^]*\. Use version 9\.8\.7, which wrote it\.$/,
  );
  await expect(read({ format: 2, product: 3 })).rejects.toThrow(/\. Use the version that wrote it\.$/);
});
