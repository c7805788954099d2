/** Hears the names that devices say, in whatever protocol, and puts them into the book. */
import { micros } from '#sensor/model/time.ts';
import { macText } from '#sensor/wire/address-text.ts';
import type { PacketView } from '#sensor/wire/packet-view.ts';
import { ETHERTYPE_LLDP, ETHERTYPE_PROFINET } from '../link-protocols.ts';
import { readDcp } from './dcp.ts';
import { readDhcp } from './dhcp.ts';
import { readDnsNames } from './dns.ts';
import { readLldp } from './lldp.ts';
import type { NameBook } from './name-book.ts';
import { readNetbiosName } from './netbios.ts';

/** Messages that were read and need not be read again; a power of two. */
const REMEMBERED = 4096;
/** How long: a name that is said again is then as new as one that is said for the first time. */
const REMEMBERED_MICROS = 60_000_000;

type Reader = (listener: NameListener, packet: PacketView, start: number, end: number) => void;

/** By the protocol that the conversation was recognised as. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['dns', (listener, ...said) => listener.dns('dns', ...said)],
  ['mdns', (listener, ...said) => listener.dns('mdns', ...said)],
  ['llmnr', (listener, ...said) => listener.dns('llmnr', ...said)],
  ['netbios-ns', (listener, ...said) => listener.netbios(...said)],
  ['dhcp', (listener, ...said) => listener.dhcp(...said)],
]);

export const saysNames = (protocol: string): boolean => READERS.has(protocol);

/** Where the address stands that a device says it has. */
export interface Announced {
  readonly at: number;
  readonly version: 4 | 6;
  /** The frame came from the hardware address behind it, and not from that of a port. */
  readonly isOwnMac: boolean;
}

export class NameListener {
  readonly #book: NameBook;
  readonly #heard = new Int32Array(REMEMBERED);
  /** Packet time, and when what was heard is forgotten. */
  readonly #clock = new Float64Array(2);

  constructor(book: NameBook) {
    this.#book = book;
  }

  /** The payload of a datagram of `protocol`, for which `saysNames` holds. */
  datagram(protocol: string, packet: PacketView, clock: Float64Array): void {
    const { payload, payloadLength } = packet;
    // Behind the id, which is another each time.
    if (this.#isKnown(packet.bytes, payload + 2, payload + payloadLength, clock)) return;
    READERS.get(protocol)?.(this, packet, payload, payload + payloadLength);
  }

  /** A frame of no IP: LLDP and PROFINET, behind the type; `end` is where it ends. Gives the address that its sender says it has. */
  frame(packet: PacketView, end: number, clock: Float64Array): Announced | undefined {
    const { etherType, bytes, view, payload, sourceMac } = packet;
    if (sourceMac < 0 || this.#isKnown(bytes, sourceMac, end, clock)) return undefined;
    const owner = macText(view.getUint16(sourceMac), view.getUint32(sourceMac + 2));
    if (etherType === ETHERTYPE_LLDP) return this.#lldp(owner, bytes, view, payload, end);
    if (etherType === ETHERTYPE_PROFINET) return this.#dcp(owner, bytes, view, payload, end);
    return undefined;
  }

  dns(
    source: 'dns' | 'mdns' | 'llmnr',
    { bytes, view }: PacketView,
    start: number,
    end: number,
  ): void {
    for (const { ip, kind, name } of readDnsNames(bytes, view, start, end)) {
      // The rest of the world would leave no room for the plant.
      if (kind === 'private') this.#book.name(ip, source, name, this.#now());
    }
  }

  netbios({ bytes, view }: PacketView, start: number, end: number): void {
    const named = readNetbiosName(bytes, view, start, end);
    if (named?.kind === 'private') this.#book.name(named.ip, 'netbios', named.name, this.#now());
  }

  dhcp({ bytes, view }: PacketView, start: number, end: number): void {
    const client = readDhcp(bytes, view, start, end);
    if (client === undefined) return;
    const { mac, names, vendorClass } = client;
    for (const name of names) this.#book.name(mac, 'dhcp', name, this.#now());
    if (vendorClass === undefined) return;
    this.#book.detail(mac, { about: 'vendor class', text: vendorClass, source: 'dhcp' });
  }

  #lldp(
    mac: string,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
  ): Announced | undefined {
    const said = readLldp(bytes, view, start, end);
    const { name = '', description = '', port = '', portDescription = '', management } = said;
    for (const owner of [mac, management?.ip]) {
      if (owner === undefined) continue;
      this.#book.name(owner, 'lldp', name, this.#now());
      for (const [about, text] of [
        ['system description', description],
        ['port', port],
        ['port description', portDescription],
      ] as const) {
        this.#book.detail(owner, { about, text, source: 'lldp' });
      }
      if (said.isBridge) {
        this.#book.claim(owner, { role: 'switch', because: 'it says by LLDP that it is a bridge' });
      }
      if (said.isRouter) {
        this.#book.claim(owner, {
          role: 'gateway',
          because: 'it says by LLDP that it is a router',
        });
      }
    }
    return management && { ...management, isOwnMac: false };
  }

  #dcp(
    mac: string,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
  ): Announced | undefined {
    const said = readDcp(bytes, view, start, end);
    if (said === undefined) return undefined;
    const { stationName = '', deviceType = '', vendorId, deviceId, ip, ipAt, role = 0 } = said;
    const id =
      vendorId === undefined ? '' : `vendor ${hex(vendorId)}, device ${hex(deviceId ?? 0)}`;
    for (const owner of [mac, ip]) {
      if (owner === undefined) continue;
      this.#book.name(owner, 'profinet-dcp', stationName, this.#now());
      this.#book.detail(owner, { about: 'device type', text: deviceType, source: 'profinet-dcp' });
      this.#book.detail(owner, { about: 'identity', text: id, source: 'profinet-dcp' });
      for (const { bit, ...claim } of DCP_ROLES) {
        if ((role & bit) !== 0) this.#book.claim(owner, claim);
      }
    }
    return ipAt === undefined ? undefined : { at: ipAt, version: 4, isOwnMac: true };
  }

  #now() {
    return micros(this.#clock[0] as number);
  }

  /** Whether the same bytes were heard a short time ago. */
  #isKnown(bytes: Uint8Array, from: number, to: number, clock: Float64Array): boolean {
    const now = clock[0] as number;
    this.#clock[0] = now;
    if (Math.abs(now - (this.#clock[1] as number)) > REMEMBERED_MICROS) {
      this.#clock[1] = now;
      this.#heard.fill(0);
    }
    let hash = 0x811c_9dc5;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x0100_0193);
    const place = (hash ^ (hash >>> 16)) & (REMEMBERED - 1);
    const isKnown = this.#heard[place] === (hash | 1);
    this.#heard[place] = hash | 1;
    return isKnown;
  }
}

const hex = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;

const DCP_ROLES = [
  { bit: 2, role: 'controller', because: 'it says by PROFINET DCP that it is an IO controller' },
  {
    bit: 8,
    role: 'engineering-station',
    because: 'it says by PROFINET DCP that it is a supervisor',
  },
] as const;
