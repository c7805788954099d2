/** A process that appends numbered lines to a journal and says which ones are durable, until it is killed. */
import { writeSync } from 'node:fs';
import { Journal } from '#broker/gate/journal.ts';

const [folder = ''] = process.argv.slice(2);
const journal = new Journal(folder, 20_000);
for (let i = 0; ; i++) {
  const line = JSON.stringify({ type: 'note', number: i, text: 'x'.repeat(50) });
  if (!(await journal.append(line))) throw new Error('not durable');
  writeSync(1, `${i}\n`);
}
