#!/usr/bin/env node
'use strict';
if (process.platform !== 'linux') {
  process.stderr.write('sextonctl: for Linux; nothing to do on this system\n');
  process.exit(125);
}
require('../dist/sextonctl.cjs');
