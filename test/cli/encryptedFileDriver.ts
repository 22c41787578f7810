import { randomBytes } from 'node:crypto';
import { EncryptedFile, writeEncrypted } from '../../cli/backup/encryptedFile';
import { endOfTar, fileEntry, readTar } from '../../cli/backup/tar';

/* Writes a backup of 3 MiB and reads it, in a process whose limits a test sets. Arguments: write, fail or without links; the file. */

const [, , what, file = ''] = process.argv;
const passphrase = 'a long secret';

if (what === 'without links') {
  // What Linux says of vfat.
  process.getBuiltinModule('node:fs').linkSync = () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
}

async function writeAndRead(): Promise<void> {
  await writeEncrypted(file, passphrase, async (sink) => {
    if (what === 'fail') {
      throw new Error('early');
    }
    for (const name of ['a', 'b', 'c']) {
      await sink(fileEntry(name, randomBytes(1 << 20)));
    }
    await sink(endOfTar);
  });
  let bytes = 0;
  await new EncryptedFile(file, passphrase).read((tar) =>
    readTar(tar, async (_entry, content) => {
      for await (const block of content) {
        bytes += block.length;
      }
    }),
  );
  console.log(`read ${bytes} bytes`);
}

writeAndRead().catch((error: Error) => {
  console.log(`${error.constructor.name} ${error.message}`);
});
