/** Which clients were seen writing to which server while the sensor learned; saved and loaded as JSON. */
import { isIP } from 'node:net';
import { isoMicros, type Micros, parseIso } from '#sensor/model/time.ts';

/** Pairs remembered. A plant has some hundred; beyond it nothing more is learned, and that is a fact. */
export const MAX_LEARNED = 10_000;
const FORMAT = 1;

interface Saved {
  readonly client: string;
  readonly server: string;
  readonly port: number;
  /** First time it was seen writing. */
  readonly since: string;
}

export class LearnedWriters {
  /** By server address and port, then by client address: since when. */
  readonly #servers = new Map<string, Map<string, Micros>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(client: string, server: { readonly ip: string; readonly port: number }): boolean {
    return this.#servers.get(name(server))?.has(client) === true;
  }

  /** Addresses that write to `server`, the one known longest first. */
  of(server: { readonly ip: string; readonly port: number }): readonly string[] {
    return [...(this.#servers.get(name(server))?.keys() ?? [])];
  }

  /** False where there is no room for one more. */
  learn(
    client: string,
    server: { readonly ip: string; readonly port: number },
    at: Micros,
  ): boolean {
    if (this.has(client, server)) return true;
    if (this.#size >= MAX_LEARNED) return false;
    const clients = this.#servers.get(name(server)) ?? new Map<string, Micros>();
    this.#servers.set(name(server), clients.set(client, at));
    this.#size++;
    return true;
  }

  /** The same writers give the same text, in whatever order they were learned. */
  toText(): string {
    const writers: Saved[] = [...this.#servers].flatMap(([server, clients]) =>
      [...clients].map(([client, since]) => ({
        client,
        ...parts(server),
        since: isoMicros(since),
      })),
    );
    writers.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    return `${JSON.stringify({ format: FORMAT, writers }, undefined, 1)}\n`;
  }
}

/** Reads what `toText` wrote; gives what is wrong as text. */
export function readLearnedWriters(text: string): LearnedWriters | string {
  let saved: unknown;
  try {
    saved = JSON.parse(text);
  } catch {
    return 'is no JSON';
  }
  const writers = isRecord(saved) && saved['format'] === FORMAT ? saved['writers'] : undefined;
  if (!Array.isArray(writers)) return `is no baseline of format ${FORMAT}`;
  const learned = new LearnedWriters();
  for (const [i, writer] of (writers as unknown[]).entries()) {
    if (!isSaved(writer)) return `writers[${i}]: is no client, server, port and since`;
    const since = parseIso(writer.since);
    if (since === undefined) return `writers[${i}].since: is no time`;
    if (!learned.learn(writer.client, { ip: writer.server, port: writer.port }, since)) {
      return `has more than ${MAX_LEARNED} writers`;
    }
  }
  return learned;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isSaved(value: unknown): value is Saved {
  if (!isRecord(value)) return false;
  const { client, server, port, since } = value;
  return (
    typeof client === 'string' &&
    isIP(client) > 0 &&
    typeof server === 'string' &&
    isIP(server) > 0 &&
    Number.isInteger(port) &&
    typeof since === 'string'
  );
}

const name = ({ ip, port }: { readonly ip: string; readonly port: number }): string =>
  `${ip} ${port}`;

function parts(server: string): { readonly server: string; readonly port: number } {
  const [ip = '', port = ''] = server.split(' ');
  return { server: ip, port: Number(port) };
}
