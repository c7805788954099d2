/**
 * Routine traffic, counted by client, server, unit, function and minute: years of polling in a few
 * rows. A minute that is over leaves for the broker and is forgotten here.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RoutineReads } from '#sensor/model/event.ts';
import type { LinkItem } from '#sensor/model/link.ts';
import { isoMicros, type Micros, micros } from '#sensor/model/time.ts';
import { contentId } from './content-id.ts';
import type { KeptExchange, TrafficKind } from './kept-exchange.ts';

export const MINUTE_MICROS = 60_000_000;
/** A minute is over when nothing of it can still come: decoders tell routine reads by the minute. */
export const LATE_MICROS = 90_000_000;
/** Minutes that leave in one transaction. */
const MAX_LEAVING = 500;

export class Traffic {
  readonly #count: StatementSync;
  readonly #over: StatementSync;
  readonly #forget: StatementSync;

  constructor(database: DatabaseSync) {
    this.#count = database.prepare(
      `insert into traffic values (?, ?, ?, ?, ?, ?, ?, ?)
       on conflict do update set count = count + excluded.count`,
    );
    this.#over = database.prepare('select * from traffic where minute < ? order by minute limit ?');
    this.#forget = database.prepare(
      `delete from traffic where minute = ? and client = ? and server = ? and port = ?
       and protocol = ? and unit = ? and function_code = ?`,
    );
  }

  exchange({ at, clientIp, server, traffic }: Extract<KeptExchange, { kind: 'counted' }>): void {
    this.#add(at, clientIp, server, traffic, 1);
  }

  routine(reads: RoutineReads): void {
    const { from, clientIp, server, count } = reads;
    const kind =
      reads.protocol === 'modbus'
        ? { protocol: reads.protocol, unit: reads.unitId, functionCode: reads.functionCode }
        : { protocol: reads.protocol, unit: 0, functionCode: reads.serviceId };
    this.#add(from, clientIp, server, kind, count);
  }

  /** Takes out minutes that are over, as items for the broker. Inside a transaction of the caller. */
  leaving(now: Micros): readonly LinkItem[] {
    const before = now - LATE_MICROS - MINUTE_MICROS;
    return this.#over.all(before, MAX_LEAVING).map((row) => {
      const key = [
        Number(row['minute']),
        String(row['client']),
        String(row['server']),
        Number(row['port']),
        String(row['protocol']),
        Number(row['unit']),
        Number(row['function_code']),
      ] as const;
      this.#forget.run(...key);
      const [minute, client, ip, port, protocol, unit, functionCode] = key;
      const document = {
        minute: isoMicros(micros(minute)),
        client,
        server: { ip, port },
        protocol,
        unit,
        functionCode,
        count: Number(row['count']),
      };
      // Late traffic of the same minute leaves later, under another id: the counts add up.
      const id = contentId('ag', `${JSON.stringify(document)} ${now}`);
      return { id, kind: 'aggregate', document };
    });
  }

  #add(
    at: Micros,
    client: string,
    server: { readonly ip: string; readonly port: number },
    { protocol, unit, functionCode }: TrafficKind,
    count: number,
  ): void {
    const minute = at - (at % MINUTE_MICROS);
    this.#count.run(minute, client, server.ip, server.port, protocol, unit, functionCode, count);
  }
}
