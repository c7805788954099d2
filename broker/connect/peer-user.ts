/**
 * Whose process a loopback connection comes from, by `/proc/net/tcp`.
 *
 * A Modbus tool cannot send a password, so the port of a session would be open to every user of this
 * machine. The kernel knows better than any token: it names the user of the other end.
 */
import { existsSync, readFileSync } from 'node:fs';

export interface LoopbackPeer {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** `127.0.0.1:5020` as the kernel writes it: the address in the byte order of the machine, hex. */
function kernelForm(address: string, port: number, littleEndian: boolean): string {
  const bytes = address.split('.').map(Number);
  if (littleEndian) bytes.reverse();
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

/** The user id of the process at the other end; undefined where `table` does not list it. */
export function userIn(
  table: string,
  peer: LoopbackPeer,
  littleEndian: boolean,
): number | undefined {
  const local = kernelForm(peer.remoteAddress, peer.remotePort, littleEndian);
  const remote = kernelForm(peer.localAddress, peer.localPort, littleEndian);
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (columns[1] === local && columns[2] === remote) return Number(columns[7]);
  }
  return undefined;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Whether this system tells whose process a connection is of. */
export const tellsUsers = (): boolean =>
  process.getuid !== undefined && existsSync('/proc/net/tcp');

/** Whether `peer` is of this user or of root. Where there is no `/proc` the answer is yes: said once at the start. */
export function isOwnUser(peer: LoopbackPeer, ownUser: number): boolean {
  let table: string;
  try {
    table = readFileSync('/proc/net/tcp', 'utf8');
  } catch {
    return true;
  }
  const user = userIn(table, peer, LITTLE_ENDIAN);
  return user === ownUser || user === 0;
}
