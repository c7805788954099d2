/** Is this Modbus/TCP Security? By its port alone: from outside, TLS is TLS. */
import type { Evidence, Verdict } from '../protocol.ts';
import { mayBeginTls } from './tls-handshake.ts';

/** IANA service name `mbap-s`. */
export const MODBUS_SECURITY_PORT = 802;

export function probeSecurity({ held, ports }: Evidence): Verdict {
  const server = ports.indexOf(MODBUS_SECURITY_PORT);
  const isTls = held.every(({ bytes, length }) => length === 0 || mayBeginTls(bytes, 0, length));
  if (server < 0 || !isTls) return { kind: 'no' };
  return { kind: 'yes', client: server === 0 ? 1 : 0 };
}
