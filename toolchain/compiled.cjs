/**
 * Runs large bundles without compiling them anew in each process: V8's code cache (node:vm, `cachedData`) is kept beside
 * them. V8 itself refuses a cache of another version of it, and compiles as ever; of the source it looks at the length
 * only, so the cache begins with the digest of the text that it was made of.
 *
 *     node compiled.cjs BUNDLE [ARG…]         run a bundle as `node BUNDLE [ARG…]` does
 *     node compiled.cjs --prepare BUNDLE      run it to where it waits for events, keep its code, and end
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

function readCache(bundle, source) {
  try {
    const cache = fs.readFileSync(cacheOf(bundle));
    return cache.subarray(0, source.length).equals(source) ? cache.subarray(source.length) : undefined;
  } catch {
    return undefined; // it has not run to an end yet
  }
}

/** Writes a file so that another process sees all of it or none. */
function keep(file, content) {
  const fresh = `${file}.${process.pid}`;
  fs.writeFileSync(fresh, content);
  fs.renameSync(fresh, file);
}

/**
 * Evaluates `code` as the CommonJS module `module`; in stack traces it is the file `bundle`. Gives what keeps the code that
 * has been compiled so far, for whoever runs `bundle` next; it does nothing where that is kept already.
 */
function evaluate(module, code, bundle) {
  const source = digest(code);
  const cachedData = readCache(bundle, source);
  const script = new vm.Script(Module.wrap(code), { filename: bundle, cachedData });
  const require = Module.createRequire(module.filename);
  const evaluated = script.runInThisContext();
  evaluated.call(module.exports, module.exports, require, module, bundle, path.dirname(bundle));
  return () => {
    if (cachedData && !script.cachedDataRejected) {
      return;
    }
    keep(cacheOf(bundle), Buffer.concat([source, script.createCachedData()]));
  };
}

function main() {
  const prepare = process.argv[2] === '--prepare';
  process.argv.splice(1, prepare ? 2 : 1);
  const bundle = path.resolve(process.argv[1]);
  const whole = new Module(bundle);
  whole.filename = bundle;
  const keepCode = evaluate(whole, fs.readFileSync(bundle, 'utf8'), bundle);
  if (prepare) {
    setImmediate(() => {
      keepCode();
      process.exit();
    });
  }
}

module.exports = { evaluate, keep };
if (require.main === module) {
  main();
}
