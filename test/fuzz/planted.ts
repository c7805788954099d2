/** Bugs of the kinds that decoders have, one at a time put into the product, to see that fuzzing would find them. */
import type { Change } from './program.ts';

export interface Planted extends Change {
  readonly bug: string;
  /** Where it shows. */
  readonly target: string;
}

export const PLANTED: readonly Planted[] = [
  {
    bug: 'a field may end one byte behind the message',
    target: 'opcua-body',
    file: 'sensor/decode/opcua/binary.ts',
    from: 'if (length > this.left) {',
    to: 'if (length > this.left + 1) {',
  },
  {
    bug: 'what is hidden is one byte too long',
    target: 'opcua-body',
    file: 'sensor/decode/opcua/binary.ts',
    from: 'this.secrets.push(from, from + length);',
    to: 'this.secrets.push(from, from + length + 1);',
  },
  {
    bug: 'the octets of a length are not counted before they are read',
    target: 'certificate',
    file: 'sensor/decode/opcua/der.ts',
    from: 'octets > 3 || bytes.length < 2 + octets',
    to: 'octets > 3',
  },
  {
    bug: 'a search goes on after it found a message',
    target: 'modbus-conversation',
    file: 'sensor/decode/modbus/reader.ts',
    from: 'this.#searching = false;',
    to: '',
  },
  {
    bug: 'the coils of a byte are read from the wrong end',
    target: 'modbus-pdu',
    file: 'sensor/decode/modbus/fields.ts',
    from: '>> (i & 7)) & 1',
    to: '>> (7 - (i & 7))) & 1',
  },
  {
    bug: 'the byte count of a queue leaves out its number of values',
    target: 'modbus-pdu',
    file: 'sensor/decode/modbus/emit.ts',
    from: 'words([2 + values.length * 2, values.length])',
    to: 'words([values.length * 2, values.length])',
  },
  {
    bug: 'TCP options that were cut off count as captured',
    target: 'packet',
    file: 'sensor/wire/tcp.ts',
    from: 'const present = Math.min(header, length);',
    to: 'const present = header;',
  },
  {
    bug: 'an extension header may end behind its packet',
    target: 'packet',
    file: 'sensor/wire/ipv6.ts',
    from: "if (next > end) return 'ipv6-extension';",
    to: '',
  },
  {
    bug: 'a packet may be longer than the block that holds it',
    target: 'capture',
    file: 'sensor/capture/pcapng.ts',
    from: "if (!fits(captured, 32, length, buffer)) return 'again';",
    to: '',
  },
  {
    bug: 'the options of an interface block are read in a circle',
    target: 'capture',
    file: 'sensor/capture/pcapng-interface.ts',
    from: 'next = value + ((length + 3) & ~3);',
    to: 'next = value + (length & ~3) - 4;',
  },
];
