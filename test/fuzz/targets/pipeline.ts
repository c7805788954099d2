import { KnownServers } from '#sensor/decode/known-servers.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import { EcsWriter } from '#sensor/output/ecs.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { capturedPacket, ipFrame, tcpFrame } from '../../support/packets.ts';
import type { Target } from '../target.ts';
import { promised } from './broken.ts';

const START = 1_700_000_000_000_000;
const STEP_MICROS = 400_000;
const HEAD = 2;

const frame = (bytes: Buffer): Buffer => {
  const head = Buffer.alloc(HEAD);
  head.writeUInt16BE(bytes.length);
  return Buffer.concat([head, bytes]);
};

const CLIENT = { from: '192.0.2.7', to: '192.0.2.10', sourcePort: 49_152, destinationPort: 502 };
const SERVER = { from: '192.0.2.10', to: '192.0.2.7', sourcePort: 502, destinationPort: 49_152 };
const SYN = 2;
const SYN_ACK = 18;
const FIN_ACK = 17;

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const asked = hex('0001 0000 0006 01 06 0001 0003');

const FRAGMENT = hex('4500 0024 0007 2000 4006 0000 c0000207 c000020a');

/** Ethernet frames, each behind its length in two bytes, big-endian; 0.4 s between them. */
export const PIPELINE: Target = {
  name: 'pipeline',
  promise: 'each packet is counted, and what is told of them can be written as JSON',
  most: 1500,
  share: 4,
  words: ['0800', '86dd', '8100', '06', '11', '4006', '2000', '5018', '5002', '01f6'].map(hex),
  work: { each: 200, fixed: 300_000 },
  seeds: [
    Buffer.concat(
      [
        tcpFrame({ ...CLIENT, sequence: 99, flags: SYN }),
        tcpFrame({ ...SERVER, sequence: 499, acknowledgment: 100, flags: SYN_ACK }),
        tcpFrame({ ...CLIENT, sequence: 100, acknowledgment: 500, payload: asked }),
        tcpFrame({ ...SERVER, sequence: 500, acknowledgment: 112, payload: asked }),
        tcpFrame({ ...CLIENT, sequence: 112, acknowledgment: 512, payload: asked.subarray(0, 5) }),
        tcpFrame({ ...CLIENT, sequence: 120, acknowledgment: 512, payload: asked.subarray(5) }),
        tcpFrame({ ...SERVER, sequence: 512, acknowledgment: 124, flags: FIN_ACK }),
      ].map(frame),
    ),
    Buffer.concat([
      frame(Buffer.concat([tcpFrame({}).subarray(0, 14), FRAGMENT, Buffer.alloc(16, 1)])),
      frame(
        ipFrame(
          '192.0.2.7',
          '192.0.2.10',
          17,
          hex('c000 01f6 0014 0000 0001 0000 0006 01 06 0001 0003'),
        ),
      ),
      frame(ipFrame('fd00::1', 'fd00::2', 44, hex('0600 0001 0000 0009 c000 01f6'))),
    ]),
  ],
  run: (bytes) => {
    const events: SensorEvent[] = [];
    const pipeline = createPipeline({
      detect: (event) => event,
      event: (event) => events.push(event),
      routine: () => undefined,
      servers: new KnownServers(),
      everything: true,
      seed: 1,
    });
    let number = 0;
    let at = START;
    for (let from = 0; from + HEAD <= bytes.length; ) {
      const length = bytes.readUInt16BE(from);
      const packet = capturedPacket(
        bytes.subarray(from + HEAD, from + HEAD + length),
        ++number,
        at,
      );
      pipeline.packet(packet);
      at += STEP_MICROS;
      from += HEAD + length;
    }
    pipeline.finish(micros(at));
    const writer = new EcsWriter();
    for (const event of events) {
      const document = JSON.stringify(writer.document(event));
      promised(!document.includes('null'), `null is written: ${document}`);
    }
  },
};
