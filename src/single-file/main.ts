/** The single file is both commands: what native/enclosed-node.c was called by decides, and only sexton has a record. */
if (process.env['SEXTON_RECORD']) require('../sexton.ts');
else require('../sextonctl.ts');
