import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';
import { packages, rooms } from '../../tools/arrows.json';
import tsconfig from '../../tsconfig.json';

/** Modules with forbidden imports of every kind, and allowed imports. */
const planted: Record<string, string> = {
  // From a lower room to a higher one, and between rooms side by side.
  'lib/quote.ts': 'export const quote = 1;',
  'lib/lock.ts': "import { plan } from '../model/plan';\nexport const lock = plan;",
  'model/plan.ts': "import '../lib/quote';\nimport '../lib/lock';\nexport const plan = 1;",
  'model/types.ts': "import type { Up } from '../cli/up';\nexport type Type = Up;",
  'sandbox/paths.ts': "import '../model/plan';",
  'sandbox/hosts.ts': "import './paths';\nimport '../cli/up';",
  'components/nodes/sandbox.ts': "import '../../sandbox/paths';\nimport '../../sandbox/hosts';",
  'components/site.ts': "import './nodes/sandbox';\nimport '../sandbox/paths';\nimport '../model/plan';",
  'cli/up.ts': "import '../sandbox/hosts';\nimport '../tools/lint';\nexport type Up = 1;",
  'cli/provisioners/sandbox.ts': "import '../../sandbox/hosts';\nimport '../up';",
  'tools/lint.ts': "import '../cli/up';\nexport {};",
  // A circle that includes an import of types.
  'stacks/a.ts': "import { b } from './b';\nexport const a = b;",
  'stacks/b.ts': "import { c } from './c';\nexport const b = c;",
  'stacks/c.ts': "import type { a } from './a';\nexport const c: typeof a = 1;",
  'stacks/d.ts': "import { a } from './a';\nexport const d = a;",
  // Packages that only some files may import.
  'node_modules/@pulumi/command/remote/index.js': '',
  'node_modules/@pulumi/pulumi/index.js': '',
  'components/remote.ts': "import '@pulumi/command/remote';",
  'components/job.ts': "import * as command from '@pulumi/command/remote';\nexport = command;",
  'model/read.ts': "import 'node:fs';\nimport 'node:crypto';\nimport '@pulumi/pulumi';",
};

/** The refused imports of the planted modules: `importer -> imported: rule`. */
let violations: string[];
beforeAll(async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-arrows-'));
  const settings = ['.dependency-cruiser.cjs', 'tools/arrows.json', 'tsconfig.json'].map((file) => [
    file,
    fs.readFileSync(path.join(projectRoot, file), 'utf8'),
  ]);
  for (const [file, text] of [...settings, ...Object.entries(planted)] as [string, string][]) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  }
  const program = path.join(projectRoot, 'node_modules', '.bin', 'depcruise');
  const args = ['--output-type=json', '--config', '.dependency-cruiser.cjs', '.'];
  const { stdout } = await execa(program, args, { cwd: folder, reject: false });
  fs.rmSync(folder, { recursive: true });
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { from: string; to: string; rule: { name: string } }[] };
  };
  violations = summary.violations.map(({ from, to, rule }) => `${from} -> ${to}: ${rule.name}`).sort();
});

test('an import that is not in the table is refused, of a value and of a type', () => {
  expect(violations.filter((line) => line.includes(': imports of '))).toEqual([
    'cli/up.ts -> sandbox/hosts.ts: imports of cli',
    'cli/up.ts -> tools/lint.ts: imports of cli',
    'components/nodes/sandbox.ts -> sandbox/hosts.ts: imports of components/nodes/sandbox.ts',
    'components/site.ts -> sandbox/paths.ts: imports of components',
    'lib/lock.ts -> model/plan.ts: imports of lib',
    'model/plan.ts -> lib/lock.ts: imports of model',
    'model/types.ts -> cli/up.ts: imports of model',
    'sandbox/hosts.ts -> cli/up.ts: imports of sandbox',
  ]);
});

test('a circle is reported once', () => {
  expect(violations.filter((line) => /^stacks.*: no circles/.test(line))).toEqual([
    'stacks/a.ts -> stacks/b.ts: no circles',
  ]);
});

test('a package is refused outside the files that may import it, and the model may not use files', () => {
  expect(violations.filter((line) => /: importers of | is pure$/.test(line))).toEqual([
    'components/job.ts -> node_modules/@pulumi/command/remote/index.js: importers of @pulumi/command',
    'model/read.ts -> fs: model is pure',
    'model/read.ts -> node_modules/@pulumi/pulumi/index.js: importers of @pulumi/pulumi',
  ]);
});

test('the table has all rooms that tsc checks, and its files exist', () => {
  const folders = rooms.map(({ room }) => room).filter((room) => !room.includes('/'));
  expect(folders.sort()).toEqual([...tsconfig.include].sort());
  const named = [...rooms, ...packages].flatMap((row) =>
    'room' in row ? [row.room, ...row.imports] : row.importers,
  );
  const missing = named.filter((name) => name !== '*' && !fs.existsSync(path.join(projectRoot, name)));
  expect(missing).toEqual([]);
});
