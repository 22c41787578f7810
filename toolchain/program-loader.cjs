/* global __filename */
/**
 * Loads the Pulumi program: Pulumi.yaml has node start with `--require` of this file. All that it does is for the time that
 * every single preview and update of every site spends beside its work:
 *
 * 1. The program and the packages that it uses are bundled into one file, with esbuild, and kept in the cache by their
 *    content, with what V8 made of it. (tsx compiles too, but looks at every file of every package in every run.)
 * 2. Parts of @pulumi/pulumi, and packages that it loads at its start, for features that this program does not use
 *    (functions serialised into the cloud, automation, providers) are loaded when something first touches them, if ever.
 * 3. `source-map-support` is left out: the SDK takes a stack trace of each resource, and that package reads the source maps
 *    of all files in it, the SDK's own among them.
 */
'use strict';
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const os = require('node:os');
const path = require('node:path');
const { evaluate, keep } = require('./compiled.cjs');

const root = path.resolve(__dirname, '..');
/** Finds the project's folder by its own place, so it is not bundled but compiled by itself. */
const ownPlace = path.join(root, 'lib', 'paths.ts');

const LAZY = new Set([
  'typescript',
  '@npmcli/arborist',
  'normalize-package-data',
  'fdir',
  './automation',
  './provider',
]);

// The same place as lib/paths.ts names, which cannot be loaded before TypeScript can.
const home = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
const cache = path.join(process.env.GLANCE_DCN_CACHE || path.join(home, 'glance-dcn'), 'program');

const digest = (...texts) => createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 32);

/** What the bundle is made of besides its inputs: another one of these makes another bundle. */
function toolsDigest() {
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  return digest(process.version, lock, fs.readFileSync(__filename, 'utf8'));
}

function inputsDigest(files) {
  return digest(...files.flatMap((file) => [file, fs.readFileSync(path.join(root, file), 'utf8')]));
}

/**
 * The bundle of an entry point: its path in the cache and its text, made now unless one of these very inputs is there. Its
 * last line is a comment that says what it was made from; beside it lies its source map.
 */
function bundle(entry) {
  const kept = path.join(cache, `${digest(entry, toolsDigest())}.js`);
  try {
    const code = fs.readFileSync(kept, 'utf8');
    const { inputs, key } = JSON.parse(code.slice(code.lastIndexOf('\n//') + 3));
    if (inputsDigest(inputs) === key) {
      return { kept, code };
    }
  } catch {
    // Never made, or one of its inputs is gone.
  }
  const { outputFiles, metafile } = require('esbuild').buildSync({
    entryPoints: [entry],
    outfile: entry.replace(/\.ts$/, '.js'),
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'external',
    sourcesContent: false,
    external: ['@pulumi/*', ownPlace],
    logLevel: 'error',
  });
  const [map, text] = ['.map', '.js'].map((end) => outputFiles.find((file) => file.path.endsWith(end)).text);
  // What lies in node_modules is package-lock.json's to tell.
  const inputs = Object.keys(metafile.inputs).filter((file) => !file.startsWith('node_modules/'));
  const code = `${text}\n//${JSON.stringify({ inputs, key: inputsDigest(inputs) })}`;
  fs.mkdirSync(cache, { recursive: true });
  keep(`${kept}.map`, map);
  keep(kept, code);
  return { kept, code };
}

/** Bundles that this process has loaded: path in the cache -> entry point, and source map once it was asked for. */
const loaded = new Map();

require.extensions['.ts'] = (module, file) => {
  const { kept, code } = bundle(file);
  loaded.set(kept, { entry: file });
  const own = file === ownPlace;
  const text = own ? code.replaceAll('__dirname', JSON.stringify(path.dirname(file))) : code;
  process.once('exit', evaluate(module, text, kept));
};

/** A place in a bundle as the place in the source that it was made from. */
function sourcePlace(whole, kept, line, column) {
  const found = loaded.get(kept);
  if (!found) {
    return whole;
  }
  found.map ??= new Module.SourceMap(JSON.parse(fs.readFileSync(`${kept}.map`, 'utf8')));
  const { originalSource, originalLine, originalColumn } = found.map.findEntry(line - 1, column - 1);
  if (!originalSource) {
    return whole;
  }
  const source = path.resolve(path.dirname(found.entry), originalSource);
  return `${source}:${originalLine + 1}:${originalColumn + 1}`;
}

// Node's own way to source maps would read those of the whole SDK. An error without a message is a probe for a place, as
// the SDK makes one for each resource, and nobody reads it.
Error.prepareStackTrace = (error, frames) => {
  const text = frames.map((frame) => `\n    at ${frame}`).join('');
  const told = error.message ? text.replace(/([^\s():]+):(\d+):(\d+)/g, sourcePlace) : text;
  return `${Error.prototype.toString.call(error)}${told}`;
};

/** Stands for a module until one of its exports is asked for. */
function lazily(load) {
  const real = () => load();
  return new Proxy(function () {}, {
    get: (_target, name) => {
      if (name === '__esModule') {
        return true;
      }
      // What TypeScript's `import x from` asks of a module that is not an ES module.
      return name === 'default' && !real().__esModule ? real() : real()[name];
    },
    has: (_target, name) => name in real(),
    ownKeys: () => Reflect.ownKeys(real()),
    getOwnPropertyDescriptor: (_target, name) => Object.getOwnPropertyDescriptor(real(), name),
    apply: (_target, self, args) => Reflect.apply(real(), self, args),
    construct: (_target, args) => Reflect.construct(real(), args),
  });
}

const load = Module._load;
Module._load = function (request, parent, isMain) {
  const fromSdk = parent?.filename?.includes(`${path.sep}@pulumi${path.sep}pulumi${path.sep}`);
  if (fromSdk && request === 'source-map-support/register') {
    return {};
  }
  if (fromSdk && LAZY.has(request)) {
    return lazily(() => load.call(this, request, parent, isMain));
  }
  return load.call(this, request, parent, isMain);
};
