/** Whether somebody has begun to listen: for servers that say so by nothing else. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until a connection to `at` is taken; false after `withinMs`. */
export async function listens(
  at: { readonly host: string; readonly port: number },
  withinMs: number,
): Promise<boolean> {
  for (let waited = 0; waited < withinMs; waited += 200) {
    const socket = connect(at);
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return true;
    await sleep(200);
  }
  return false;
}
