/** Runs the command line (main.ts) from its bundle. */
'use strict';
require('./checkNode.cjs');
const path = require('node:path');
const { run } = require('../toolchain/bundle.cjs');

run(path.join(__dirname, 'main.ts'));
