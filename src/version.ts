/** Which program this is. */
import { readFileSync } from 'node:fs';

const file = new URL('../../package.json', import.meta.url);

/** As in `package.json`: `1.2.3`. */
export const PROGRAM_VERSION = (JSON.parse(readFileSync(file, 'utf8')) as { version: string })
  .version;
