'use strict';
if (Number(process.versions.node.split('.')[0]) < 20) {
  process.stderr.write(`dcn: node is ${process.version}: install Node.js 20 or later\n`);
  process.exit(1);
}
