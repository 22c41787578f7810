import { buildSync } from 'esbuild';
import { projectRoot } from '../../lib/paths';

test('before a verb runs, the command line loads only commander, package.json, and modules of cli and lib', () => {
  const { metafile } = buildSync({
    entryPoints: ['cli/main.ts'],
    absWorkingDir: projectRoot,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    packages: 'external',
  });
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (!loaded.has(file)) {
      loaded.add(file);
      const imports = metafile.inputs[file]?.imports ?? [];
      imports.filter(({ kind }) => kind !== 'dynamic-import').forEach(({ path }) => load(path));
    }
  };
  load('cli/main.ts');
  const rooms = [...loaded].map((file) => file.split('/')[0]).filter((room) => !room?.startsWith('node:'));
  expect([...new Set(rooms)].sort()).toEqual(['cli', 'commander', 'lib', 'package.json']);
});
