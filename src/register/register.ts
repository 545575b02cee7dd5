/** `node --import sexton/register` or `--require`: adopts orphans as PID 1, else does nothing. */
import { adoptOrphans } from './index.ts';

adoptOrphans({ subreaper: /^(1|true|yes|on)$/i.test(process.env['SEXTON_REGISTER_SUBREAPER'] ?? '') });
