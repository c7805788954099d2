/**
 * The long proofs: laws that `npm test` checks briefly, at full count.
 *
 * A law is written once, as a property test; here stands only where it lives and how often it runs.
 */
export interface Proof {
  readonly name: string;
  readonly claim: string;
  /** Test files or folders. */
  readonly tests: readonly string[];
  readonly runs: number;
  /** What is counted: `runs of each property`. */
  readonly counted: string;
}

export const PROOFS: readonly Proof[] = [
  {
    name: 'decode',
    claim:
      'no bytes make a decoder throw; parse and emit are inverse; any cutting of a stream gives the same exchanges',
    tests: [
      'test/sensor/decode',
      'test/sensor/stream',
      'test/sensor/wire',
      'test/sensor/capture/capture-reader.law',
    ],
    runs: 20_000,
    counted: 'runs of each property',
  },
  {
    name: 'fuzz',
    claim:
      'inputs that are led by coverage break no promise of a reader, and would find planted bugs',
    tests: ['test/fuzz'],
    runs: 10_000_000,
    counted: 'executions',
  },
  {
    name: 'live',
    claim:
      'at 200,000 packets a second the whole sensor drops none, takes at most 0.4 of a core and is at most 20 ms late (p99); at 400,000 for 5 s it drops none',
    tests: ['test/sensor/run/live-load.test.ts'],
    runs: 30,
    counted: 'seconds at 200,000 packets a second',
  },
  {
    name: 'differential',
    claim:
      'of every capture the same is read as tshark reads, or the difference has a named reason',
    tests: [
      'test/sensor/captures/differential',
      'test/sensor/captures/modbus-content',
      'test/sensor/captures/opcua-differential',
    ],
    runs: 100_000_000,
    counted: 'bytes of the largest capture, at most',
  },
  {
    name: 'policy',
    claim: 'the compiled grant decides as the policy does, and the policy as its reference',
    tests: ['test/policies'],
    runs: 10_000,
    counted: 'runs of each property',
  },
  {
    name: 'gate',
    claim: 'whatever bytes a vendor or a device sends, nothing outside the grant is emitted',
    tests: ['test/broker/gate/modbus.test.ts'],
    runs: 1_000_000,
    counted: 'mutations of each kind',
  },
  {
    name: 'quiet',
    claim: 'the example plant, left alone, raises no alert',
    tests: ['test/system/demo.test.ts'],
    runs: 3600,
    counted: 'seconds of quiet',
  },
  {
    name: 'memory',
    claim:
      'the sensor takes as much memory after many packets as after a tenth of them, and at most 275 MiB with 50,000 live connections',
    tests: ['test/sensor/memory.test.ts'],
    runs: 50_000_000,
    counted: 'packets of the long run',
  },
];
