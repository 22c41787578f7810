import * as fs from 'node:fs';
import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';

const kit = path.join(projectRoot, 'kit');

/** The kit's packages in the order of kit/README.md: a package imports only from packages before it. */
const order = [...fs.readFileSync(path.join(kit, 'README.md'), 'utf8').matchAll(/^\d+\. `(\w+)`:/gm)].map(
  ([, name]) => name as string,
);

/** Names of the packages from which a module imports. */
function importsOf(file: string): string[] {
  const lines = fs.readFileSync(file, 'utf8').matchAll(/^\s*(?:from|import) (\w+)/gm);
  return [...lines].map(([, name]) => name as string).filter((name) => order.includes(name));
}

test('kit/README.md lists all packages of the kit', () => {
  const packages = fs
    .readdirSync(kit, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && fs.existsSync(path.join(kit, entry.name, '__init__.py')));
  expect([...order].sort()).toEqual(packages.map(({ name }) => name).sort());
});

test.each(order.map((name, place) => [name, place] as const))(
  'package %s imports only from packages before it',
  (name, place) => {
    const modules = fs.readdirSync(path.join(kit, name)).filter((file) => file.endsWith('.py'));
    const imports = modules.flatMap((file) => importsOf(path.join(kit, name, file)));
    const allowed = order.slice(0, place + 1);
    expect([...new Set(imports)].filter((other) => !allowed.includes(other))).toEqual([]);
  },
);

test('the modules beside the packages import from no package', () => {
  const modules = fs.readdirSync(kit).filter((file) => file.endsWith('.py') && file !== '__main__.py');
  expect(modules.filter((file) => importsOf(path.join(kit, file)).length > 0)).toEqual([]);
});
