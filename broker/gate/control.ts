/** The control channel of one `lockkeeper connect`: status, refusals in words, renewal, end. */
import type { WebSocket } from 'ws';
import type { ControlAnswer, ControlMessage } from '#broker/model/connect.ts';
import { isoMicros } from '#sensor/model/time.ts';
import type { GateSession } from './session.ts';

/** A command that does not take what is said to it gets no more of it; what matters is in the recording. */
const MAX_BEHIND = 256 * 1024;
/** ms between two renewals; a certificate lives 15 minutes. */
const RENEW_EVERY_MS = 1_000;
const PING_EVERY_MS = 15_000;

/** Undefined for what is none. */
function readAnswer(text: string): ControlAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  if (value.kind === 'end') return { kind: 'end' };
  if (value.kind !== 'renew' || !('publicKey' in value)) return undefined;
  const { publicKey } = value;
  return typeof publicKey === 'string' ? { kind: 'renew', publicKey } : undefined;
}

/** Serves `socket` until either side closes it. `thumbprint` is that of the certificate it came with. */
export function serveControl(
  socket: WebSocket,
  session: GateSession,
  thumbprint: string,
  monotonicMs: () => number,
): void {
  let current = thumbprint;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let isRenewing = false;
  let alive = true;

  const tell = (message: ControlMessage): void => {
    if (socket.readyState !== socket.OPEN || socket.bufferedAmount > MAX_BEHIND) return;
    socket.send(JSON.stringify(message));
    if (message.kind === 'ended') socket.close(1000);
  };
  const renew = async (publicKey: string): Promise<void> => {
    isRenewing = true;
    const answer = await session.renew(current, publicKey).finally(() => {
      isRenewing = false;
    });
    switch (answer?.kind) {
      case undefined:
        return;
      case 'superseded':
        socket.close(1008, 'the certificate of this connection was superseded');
        return;
      case 'renewed': {
        const { certificate, until } = answer.renewal;
        current = answer.renewal.thumbprint;
        tell({ kind: 'renewed', certificate, certificateUntil: isoMicros(until) });
        return;
      }
      default:
        answer satisfies never;
    }
  };
  const answer = (text: string): void => {
    const asked = readAnswer(text);
    switch (asked?.kind) {
      case undefined:
        socket.close(1008, 'not understood');
        return;
      case 'end':
        void session.end('ended-by-vendor');
        return;
      case 'renew': {
        const now = monotonicMs();
        // Whoever asks again before it was answered is answered once, by what the first ask brings.
        if (isRenewing || now - renewedAt < RENEW_EVERY_MS) return;
        renewedAt = now;
        void renew(asked.publicKey);
        return;
      }
      default:
        asked satisfies never;
    }
  };

  const pings = setInterval(() => {
    if (!alive) socket.terminate();
    alive = false;
    socket.ping();
  }, PING_EVERY_MS);
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('message', (data: Buffer, binary: boolean) => {
    if (binary) socket.close(1003);
    else answer(data.toString('utf8'));
  });
  // Always followed by `close`.
  socket.on('error', () => undefined);
  socket.once('close', () => {
    clearInterval(pings);
    session.unlisten(tell);
  });
  session.listen(tell);
}
