/* global __filename */
/**
 * Runs TypeScript programs without compiling them on each start. esbuild bundles a program and the packages that it imports
 * into one file; the bundle, its source map and V8's code cache (compiled.cjs) are kept in the cache directory.
 * A bundle is used until the digest of its inputs' contents changes; computing the digest takes a few milliseconds.
 * Modification times are not compared, because `git checkout` and copies change them.
 *
 *     node bundle.cjs FILE [ARG…]     run a TypeScript file
 */
'use strict';
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const os = require('node:os');
const path = require('node:path');
const { evaluate, keep } = require('./compiled.cjs');

const root = path.resolve(__dirname, '..');

// The same directory as cacheDir() of lib/paths.ts, which this file cannot import: it is TypeScript.
const home = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
const cache = path.join(process.env.GLANCE_DCN_CACHE || path.join(home, 'glance-dcn'), 'program');

/** Packages that Node loads from node_modules: ssh2 has native code, and the Pulumi SDK must exist once in a process. */
const external = ['@pulumi/*', 'ssh2'];

const digest = (...texts) => createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 32);

const isModule = (name) => /\.([cm]?[jt]sx?|json)$/.test(name);

const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');

/** Digest of the settings that affect every bundle. The packages in node_modules follow from package-lock.json. */
function settingsDigest() {
  const settings = ['package-lock.json', 'package.json', 'tsconfig.json'].map(read);
  return digest(process.version, ...settings, fs.readFileSync(__filename, 'utf8'));
}

/** Digest of the inputs' contents, and of the names of modules in their folders: a new module can replace an input. */
function inputsDigest(inputs) {
  const folders = [...new Set(inputs.map((file) => path.dirname(file)))];
  const names = folders.flatMap((folder) => fs.readdirSync(path.join(root, folder)).filter(isModule).sort());
  return digest(...names, ...inputs.flatMap((file) => [file, read(file)]));
}

/** Ignores errors: if the cache cannot be written (read-only, disk full), this start succeeds and the next one is slow. */
function tryToKeep(write) {
  try {
    write();
  } catch {
    // The next start builds again.
  }
}

/** Removes builds older than 30 days: most are of checkouts, packages or Node versions that do not exist any more. */
function removeOld() {
  for (const name of fs.readdirSync(cache)) {
    const file = path.join(cache, name);
    if (Date.now() - fs.statSync(file).mtimeMs > 30 * 24 * 3600_000) {
      fs.rmSync(file, { force: true });
    }
  }
}

/** Path in the cache and code of the bundle of a TypeScript file. */
function bundle(entry) {
  const kept = path.join(cache, `${digest(entry, settingsDigest())}.js`);
  try {
    const code = fs.readFileSync(kept, 'utf8');
    const { inputs, key } = JSON.parse(code.slice(code.lastIndexOf('\n//') + 3));
    if (inputsDigest(inputs) === key) {
      return { kept, code };
    }
  } catch {
    // There is no bundle yet, or an input was removed.
  }
  return build(entry, kept);
}

/** Builds and keeps a bundle. Its last line is a comment with its inputs' paths, relative to the project, and their digest. */
function build(entry, kept) {
  const start = Date.now();
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
    external,
    // lib/paths.ts finds the project's root from its own directory.
    define: { __dirname: JSON.stringify(path.join(root, 'lib')) },
    logLevel: 'error',
  });
  const [map, text] = ['.map', '.js'].map((end) => outputFiles.find((file) => file.path.endsWith(end)).text);
  const inputs = Object.keys(metafile.inputs).filter((file) => !file.startsWith('node_modules/'));
  const code = `${text}\n//${JSON.stringify({ inputs, key: inputsDigest(inputs) })}`;
  tryToKeep(() => {
    // An input changed during the build: its digest may differ from the content that esbuild has read.
    if (inputs.some((file) => fs.statSync(path.join(root, file)).ctimeMs >= start)) {
      return;
    }
    fs.mkdirSync(cache, { recursive: true });
    keep(`${kept}.map`, map);
    keep(kept, code);
    removeOld();
  });
  return { kept, code, map };
}

/** Bundles that this process has loaded: path in the cache -> entry point, and the source map's text if it was built now. */
const loaded = new Map();

function sourceMapOf(kept, { map }) {
  try {
    return new Module.SourceMap(JSON.parse(map ?? fs.readFileSync(`${kept}.map`, 'utf8')));
  } catch {
    return undefined; // The cache was removed during this process.
  }
}

/** A stack frame's text, with the place in the source instead of the place in the bundle. */
function frameText(frame) {
  const text = String(frame);
  const kept = frame.getFileName();
  const found = loaded.get(kept);
  if (!found) {
    return text;
  }
  found.sourceMap ??= sourceMapOf(kept, found);
  const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
  const { originalSource, originalLine, originalColumn } =
    found.sourceMap?.findEntry(line - 1, column - 1) ?? {};
  if (!originalSource) {
    return text;
  }
  const source = path.resolve(path.dirname(found.entry), originalSource);
  return text.replace(
    `${kept}:${line}:${column}`,
    () => `${source}:${originalLine + 1}:${originalColumn + 1}`,
  );
}

/**
 * Value of `Error.prepareStackTrace` for bundles; `--enable-source-maps` would read the source maps of all packages at once.
 * Frames of errors without a message are not translated: the Pulumi SDK makes one for each resource.
 */
function stackText(error, frames) {
  const texts = frames.map(error.message ? frameText : String);
  return [Error.prototype.toString.call(error), ...texts.map((text) => `    at ${text}`)].join('\n');
}

/** Loads a TypeScript file (absolute path) and all that it imports as the CommonJS module `module`. */
function load(module, entry) {
  const { kept, code, map } = bundle(entry);
  loaded.set(kept, { entry, map });
  Error.prepareStackTrace = stackText;
  const keepCompiled = evaluate(module, code, kept);
  process.once('exit', () => tryToKeep(keepCompiled));
}

/** Runs a TypeScript file (absolute path) as the main program. `process.argv` has its arguments from index 2 on. */
function run(entry) {
  const main = new Module(entry);
  main.filename = entry;
  process.argv[1] = entry;
  load(main, entry);
}

module.exports = { load, run };
if (require.main === module) {
  process.argv.splice(1, 1);
  run(path.resolve(process.argv[1]));
}
