/** Run as a process of its own: commits until it is killed, and says of each commit that it is done. */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '#broker/store/sqlite/open.ts';
import { anEvent, aRequest } from '../samples.ts';

const store = await openSqliteStore({ folder: process.argv[2] ?? '' });
for (;;) {
  const put = aRequest();
  await store.commit({
    writes: [{ noun: 'request', expected: 0, put }],
    audit: [anEvent({ subject: put.id })],
  });
  writeSync(1, `${put.id}\n`);
}
