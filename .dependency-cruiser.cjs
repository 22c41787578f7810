/** Holds tools/arrows.json: which room may import which, and which files may import a package. */
'use strict';
const { rooms, packages, pure } = require('./tools/arrows.json');

const escape = (text) => text.replaceAll(/[./]/g, '\\$&');

/** A pattern for the paths of a room, for one file, or for all. */
function pattern(name) {
  if (name === '*') {
    return '';
  }
  return `^${escape(name)}${/\.\w+$/.test(name) ? '$' : '\\/'}`;
}

/** The row of a single file says what this file may import beyond the row of its room. */
function roomRule({ room, imports, why }) {
  const [folder] = room.split('/');
  const inherited = rooms.find((row) => row.room === folder).imports;
  const allowed = [...new Set([folder, ...inherited, ...imports])];
  const filesWithRow = rooms.map((row) => row.room).filter((name) => name.startsWith(`${room}/`));
  return {
    name: `imports of ${room}`,
    comment: `It may import from ${allowed.join(', ')}: ${why}. (tools/arrows.json)`,
    severity: 'error',
    from: { path: pattern(room), pathNot: filesWithRow.map(pattern) },
    to: { dependencyTypes: ['local'], pathNot: allowed.map(pattern) },
  };
}

function packageRule({ name, importers }) {
  return {
    name: `importers of ${name}`,
    comment: `Only ${importers.join(', ')}, tests and benchmarks may import it. (tools/arrows.json)`,
    severity: 'error',
    from: { pathNot: ['^node_modules/', ...['test', 'bench', ...importers].map(pattern)] },
    to: { path: `^node_modules/${escape(name)}/` },
  };
}

function pureRule({ room, nodeModules }) {
  return {
    name: `${room} is pure`,
    comment: `It neither reads nor writes: of Node's modules it may import ${nodeModules.join(', ')}. (tools/arrows.json)`,
    severity: 'error',
    from: { path: pattern(room) },
    to: { dependencyTypes: ['core'], pathNot: nodeModules.map((name) => `^(node:)?${name}$`) },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...rooms.map(roomRule),
    ...packages.map(packageRule),
    ...pure.map(pureRule),
    {
      name: 'no circles',
      comment: 'These modules import one another: move what both need into a module that imports neither.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    // An import of types is an arrow too: who reads a module reads the types that it names.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
