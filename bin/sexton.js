#!/usr/bin/env node
'use strict';
if (process.platform !== 'linux') {
  process.stderr.write('sexton: a container init is for Linux; nothing to do on this system\n');
  process.exit(125);
}
require('../dist/sexton.cjs');
