/** This store, by its door for programs: one client, as a program has one, with all that it asks. */
import { connect } from '../../src/client/connect.js';
import { type Channel, DONE, failed } from '../load/channel.js';
import { QUORATE } from './quorate.js';
import type { System } from './system.js';

async function open(port: number): Promise<Channel> {
  // The other systems give writes no id, either.
  const client = await connect({ nodes: [`127.0.0.1:${port}`], idempotentWrites: false });
  return {
    ask: ({ kind, key, value = '' }, done) => {
      const end = (error: unknown) => done(failed(String(error)));
      if (kind === 'put') {
        client.put(key, Buffer.from(value, 'latin1')).then(() => done(DONE), end);
        return;
      }
      client.get(key).then((found) => {
        if (!found) done(failed('no such key'));
        else done({ outcome: 'done', text: found.value.toString('latin1') });
      }, end);
    },
    close: () => void client.close(),
  };
}

export const QUORATE_CLIENT: System = {
  name: 'quorate-client',
  program: QUORATE,
  durability: 'synced on 2 of 3',
  reads: 'quorum: the last acknowledged write, or a later one',
  does: ['put', 'get'],
  lanesPerConnection: 64,
  open,
};
