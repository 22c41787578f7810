/**
 * Loads the Pulumi program: Pulumi.yaml has node start with `--require` of this file. It does two things, both for the time that
 * every single preview and update of every site spends before the program's first line (measured: 0.9 s -> 0.3 s):
 *
 * 1. The project's TypeScript is compiled file by file with esbuild and kept, by its content, in the cache. (tsx does the same
 *    job, but looks at every file of every package too.)
 * 2. Two large packages that @pulumi/pulumi loads at its start, for a feature that this project does not use (functions
 *    serialised into the cloud), are loaded when something first touches them, if ever.
 */
'use strict';
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const os = require('node:os');
const path = require('node:path');

const LAZY = new Set(['typescript', '@npmcli/arborist']);

// The same place as tools/places.ts names, which cannot be loaded before TypeScript can.
const home = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
const cache = path.join(process.env.GLANCE_DCN_CACHE || path.join(home, 'glance-dcn'), 'program');

/** The JavaScript of one TypeScript file, from the cache when it was compiled before. */
function compile(file) {
  const source = fs.readFileSync(file, 'utf8');
  const key = createHash('sha256').update(`${process.version}\0${file}\0${source}`).digest('hex');
  const kept = path.join(cache, `${key.slice(0, 32)}.js`);
  try {
    return fs.readFileSync(kept, 'utf8');
  } catch {
    const { code } = require('esbuild').transformSync(source, {
      sourcefile: file,
      loader: 'ts',
      format: 'cjs',
      target: 'node20',
      sourcemap: 'inline',
      sourcesContent: false,
    });
    const fresh = `${kept}.${process.pid}`;
    fs.mkdirSync(cache, { recursive: true });
    fs.writeFileSync(fresh, code);
    fs.renameSync(fresh, kept);
    return code;
  }
}

process.setSourceMapsEnabled(true);
require.extensions['.ts'] = (module, file) => module._compile(compile(file), file);

/** Stands for a module until one of its exports is asked for. */
function lazily(load) {
  const real = () => load();
  return new Proxy(function () {}, {
    get: (_target, name) => (name === '__esModule' ? true : real()[name]),
    has: (_target, name) => name in real(),
    ownKeys: () => Reflect.ownKeys(real()),
    getOwnPropertyDescriptor: (_target, name) => Object.getOwnPropertyDescriptor(real(), name),
    apply: (_target, self, args) => Reflect.apply(real(), self, args),
    construct: (_target, args) => Reflect.construct(real(), args),
  });
}

const load = Module._load;
Module._load = function (request, parent, isMain) {
  if (!LAZY.has(request) || !parent?.filename.includes(`${path.sep}@pulumi${path.sep}pulumi${path.sep}`)) {
    return load.call(this, request, parent, isMain);
  }
  return lazily(() => load.call(this, request, parent, isMain));
};
