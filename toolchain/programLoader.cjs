/**
 * Loads the Pulumi program: Pulumi.yaml starts node with `--require` of this file. Each preview and update of each site starts
 * a node, so:
 *
 * 1. The program and its packages are loaded from their bundle (bundle.cjs), not compiled on each start.
 * 2. Parts of @pulumi/pulumi, and packages that it imports, that this program does not use (functions serialised into the
 *    cloud, the Automation API, dynamic providers, traces) are loaded at their first use.
 * 3. `source-map-support` is not loaded: for the stack trace that the SDK takes of each resource, that package would read the
 *    source maps of all files in the trace, those of the SDK among them.
 * 4. V8's debugger is not switched on: the SDK needs it only to serialise functions.
 */
'use strict';
const Module = require('node:module');
const path = require('node:path');
const bundle = require('./bundle.cjs');

const lazyModules = new Set([
  'typescript',
  '@npmcli/arborist',
  'normalize-package-data',
  'fdir',
  'js-yaml',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/exporter-zipkin',
  '@opentelemetry/instrumentation',
  '@opentelemetry/instrumentation-grpc',
  './automation',
  './provider',
]);

require.extensions['.ts'] = bundle.load;

/** A stand-in that loads the real module at the first access to an export. */
function lazily(load) {
  const real = () => load();
  return new Proxy(function () {}, {
    get: (_target, name) => {
      if (name === '__esModule') {
        return true;
      }
      // TypeScript's `import x from` reads `default` of a module that is not an ES module.
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
  if (fromSdk && request === '../../runtime/closure/v8Hooks') {
    return { isInitializedAsync: () => Promise.resolve() };
  }
  if (fromSdk && lazyModules.has(request)) {
    return lazily(() => load.call(this, request, parent, isMain));
  }
  return load.call(this, request, parent, isMain);
};
