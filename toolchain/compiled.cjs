/**
 * Runs a large bundle without compiling it on each start: V8's code cache (node:vm, `cachedData`) is kept beside the bundle.
 * V8 rejects a cache of another V8 version, and compiles. V8 compares only the length of the source, so the cache file starts
 * with a digest of the source.
 *
 *     node compiled.cjs BUNDLE [ARG…]         run a bundle as `node BUNDLE [ARG…]` does
 *     node compiled.cjs --prepare BUNDLE      run it until it waits for events, write the code cache, and exit
 */
'use strict';
const { Buffer } = require('node:buffer');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { setImmediate } = require('node:timers');
const vm = require('node:vm');

const cacheOf = (bundle) => `${bundle}.v8`;
const digest = (text) => createHash('sha256').update(text).digest();

function readCache(bundle, sourceDigest) {
  try {
    const cache = fs.readFileSync(cacheOf(bundle));
    const { length } = sourceDigest;
    return cache.subarray(0, length).equals(sourceDigest) ? cache.subarray(length) : undefined;
  } catch {
    return undefined; // No run of the bundle has written the cache yet.
  }
}

/** Writes a file. Other processes see the old content or the new content, never a part. */
function keep(file, content) {
  const temporary = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(temporary, content);
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Evaluates `code` as the CommonJS module `module`; its path in stack traces is `bundle`.
 *
 * @returns a function that writes the functions compiled until its call into the code cache of `bundle`; it writes nothing if
 * `code` was loaded from that cache
 */
function evaluate(module, code, bundle) {
  const sourceDigest = digest(code);
  const cachedData = readCache(bundle, sourceDigest);
  const script = new vm.Script(Module.wrap(code), { filename: bundle, cachedData });
  const require = Module.createRequire(module.filename);
  const wrapper = script.runInThisContext();
  wrapper.call(module.exports, module.exports, require, module, bundle, path.dirname(bundle));
  return () => {
    if (cachedData && !script.cachedDataRejected) {
      return;
    }
    keep(cacheOf(bundle), Buffer.concat([sourceDigest, script.createCachedData()]));
  };
}

function main() {
  const prepare = process.argv[2] === '--prepare';
  process.argv.splice(1, prepare ? 2 : 1);
  const bundle = path.resolve(process.argv[1]);
  const program = new Module(bundle);
  program.filename = bundle;
  const keepCompiled = evaluate(program, fs.readFileSync(bundle, 'utf8'), bundle);
  if (prepare) {
    setImmediate(() => {
      keepCompiled();
      process.exit();
    });
  }
}

module.exports = { evaluate, keep };
if (require.main === module) {
  main();
}
