/**
 * Exits with a remedy unless package.json's `engines` has this version of Node; the tests run on all of these versions.
 * Does not use the package semver: ./dcn runs this file before the npm packages are installed.
 */
'use strict';
const { engines } = require('../package.json');

/** Oldest release of each major version, as numbers: `^20.17.0 || ^24.0.0` gives [[20, 17], [24, 0]]. */
const releases = engines.node.split(' || ').map((range) => range.match(/\d+/g).map(Number));
const [major, minor] = process.versions.node.split('.').map(Number);
if (!releases.some(([wantedMajor, wantedMinor]) => major === wantedMajor && minor >= wantedMinor)) {
  const wanted = releases.map(([wantedMajor, wantedMinor]) =>
    wantedMinor > 0 ? `${wantedMajor} (${wantedMajor}.${wantedMinor} or later)` : wantedMajor,
  );
  const remedy = `install Node.js ${wanted.slice(0, -1).join(', ')} or ${wanted.at(-1)}`;
  process.stderr.write(`dcn: node is ${process.version}: ${remedy}\n`);
  process.exit(1);
}
