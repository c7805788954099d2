/**
 * Server-sent events (WHATWG HTML, 9.2): what happens, to those who may see it.
 *
 * Each client has a short queue; one that cannot keep up is cut and reconnects, and its page then
 * loads anew. Nobody's slowness costs memory or holds back others. A heartbeat keeps the connection
 * through proxies. Whether a client is still signed in is asked at each, and where somebody may have gone.
 */
import type { LiveEvent } from './views.ts';

export interface LiveClient {
  /** Whether this client may see `event` now. Asked for each event, because roles change. */
  readonly sees: (event: LiveEvent, about: LiveSubject) => boolean;
  /** Whether it is still signed in. */
  readonly stands: () => boolean;
  /** Counted against `MAX_CLIENTS_PER_PERSON`. */
  readonly person: string;
}

/** Whose and where the thing is that an event tells of: what `may` needs and the event does not show. */
export interface LiveSubject {
  readonly zone?: string;
  readonly vendor?: string;
  readonly owner?: string;
}

export interface Live {
  publish(event: LiveEvent, about: LiveSubject): void;
  /** A stream of events; undefined where this person, or everybody together, has too many. */
  subscribe(client: LiveClient): ReadableStream<Uint8Array> | undefined;
  /** Ends the streams of those who are no longer signed in. Call where somebody may have gone. */
  review(): void;
  /** Call every `HEARTBEAT_MS`: sign-ins also run out by themselves. */
  beat(): void;
  /** Ends every stream. */
  close(): void;
}

/** Events that wait for one client; a page that is 256 behind is better loaded anew. */
export const MAX_QUEUE = 256;
const MAX_CLIENTS = 500;
/** Tabs of one person. Browsers allow six connections to one host over HTTP/1.1. */
export const MAX_CLIENTS_PER_PERSON = 12;
export const HEARTBEAT_MS = 15_000;

type Controller = ReadableStreamDefaultController<Uint8Array>;

export function createLive(): Live {
  const clients = new Map<Controller, LiveClient>();
  const encoder = new TextEncoder();
  const heartbeat = encoder.encode(': beat\n\n');

  const cut = (controller: Controller): void => {
    clients.delete(controller);
    controller.close();
  };
  const send = (controller: Controller, bytes: Uint8Array): void => {
    if ((controller.desiredSize ?? 0) <= 0) cut(controller);
    else controller.enqueue(bytes);
  };
  const review = (): void => {
    for (const [controller, client] of clients) if (!client.stands()) cut(controller);
  };

  return {
    publish(event, about) {
      // JSON holds no line break, so it is one `data` line.
      const bytes = encoder.encode(
        `event: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`,
      );
      for (const [controller, client] of clients) {
        if (client.sees(event, about)) send(controller, bytes);
      }
    },
    subscribe(client) {
      const own = [...clients.values()].filter(({ person }) => person === client.person).length;
      if (own >= MAX_CLIENTS_PER_PERSON || clients.size >= MAX_CLIENTS) return undefined;
      let mine: Controller | undefined;
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            mine = controller;
            clients.set(controller, client);
            controller.enqueue(encoder.encode('retry: 2000\n\n'));
          },
          cancel() {
            if (mine !== undefined) clients.delete(mine);
          },
        },
        new CountQueuingStrategy({ highWaterMark: MAX_QUEUE }),
      );
    },
    review,
    beat() {
      review();
      for (const controller of clients.keys()) send(controller, heartbeat);
    },
    close() {
      for (const controller of [...clients.keys()]) cut(controller);
    },
  };
}
