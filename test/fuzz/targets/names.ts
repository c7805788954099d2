import { readDcp } from '#sensor/inventory/names/dcp.ts';
import { readDhcp } from '#sensor/inventory/names/dhcp.ts';
import { readDnsNames } from '#sensor/inventory/names/dns.ts';
import { readLldp } from '#sensor/inventory/names/lldp.ts';
import { readNetbiosName } from '#sensor/inventory/names/netbios.ts';
import type { Look } from '#sensor/inventory/signatures/signature.ts';
import { SIGNATURES } from '#sensor/inventory/signatures/table.ts';
import { MAX_DEVICE_TEXT } from '#sensor/model/bounds.ts';
import type { Target } from '../target.ts';
import { promised } from './broken.ts';

type Reader = (bytes: Uint8Array, view: DataView, start: number, end: number) => unknown;

const READERS: readonly Reader[] = [readDnsNames, readNetbiosName, readDhcp, readLldp, readDcp];

/** Which reader, then what it reads. */
const seed = (reader: number, hex: string): Buffer =>
  Buffer.from(`0${reader}${hex.replaceAll(' ', '')}`, 'hex');

const DHCP_HEAD = `01 01 06 ${'00'.repeat(233)} 63825363`;

function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** What devices say that they are called, and the first bytes by which protocols are known. */
export const NAMES: Target = {
  name: 'names',
  promise: 'names are short and can be shown, and no message takes long, whatever its pointers',
  most: 500,
  share: 100,
  words: ['c00c', 'c000', 'ff', '00', '0004', '0201', '63825363', '0e01', 'feff'].map((hex) =>
    Buffer.from(hex, 'hex'),
  ),
  // A message of DNS may name the same long name again for each of its records, of which 64 are read.
  work: { each: 3000, fixed: 20_000 },
  seeds: [
    seed(
      0,
      '1234 8180 0001 0001 0000 0000 03706c63 00 0001 0001 c00c 0001 0001 0000003c 0004 0a00000a',
    ),
    seed(
      1,
      `0001 2910 0001 0000 0000 0001 20 ${'4142'.repeat(15)} 4141 00 0020 0001 c00c 0020 0001 000493e0 0006 0000 0a00000a`,
    ),
    seed(2, `${DHCP_HEAD} 0c 03 706c63 51 07 040000 03706c63 3c 01 61 ff`),
    seed(
      3,
      '0207 04 00005e005301 0403 05 7031 0a03 706c63 0e04 00140004 100c 05 01 0a000001 02 00000001 00 0000',
    ),
    seed(4, 'feff 05 01 00000001 0000 0010 0202 0005 0000 706c63 00 0204 0004 0000 0200'),
  ],
  run: (bytes) => {
    const read = READERS[(bytes[0] ?? 0) % READERS.length] ?? readDnsNames;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const text of texts(read(bytes, view, Math.min(1, bytes.length), bytes.length))) {
      promised(text.length <= MAX_DEVICE_TEXT, 'a text is too long');
      promised(!/\p{C}/u.test(text), 'a text has what cannot be shown');
    }
    const look: Look = {
      bytes,
      view,
      at: Math.min(1, bytes.length),
      end: bytes.length,
      missing: 0,
    };
    for (const { asks, answers, askedDetail, answeredDetail } of SIGNATURES) {
      if (asks(look)) askedDetail?.(look);
      if (answers(look)) answeredDetail?.(look);
    }
  },
};
