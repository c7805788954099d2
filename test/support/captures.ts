import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readCaptureFile } from '#sensor/capture/file.ts';
import type { CaptureResult } from '#sensor/capture/source.ts';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import type {
  ModbusExchange,
  OpcuaExchange,
  RoutineReads,
  SensorEvent,
} from '#sensor/model/event.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { createPipeline, type PipelineCounters } from '#sensor/pipeline.ts';

/** Public captures that may be read beside the project and not be part of it. */
export const SHARED_CAPTURES = '../shared/captures';

/** False, with one visible line, where the public captures are not on this machine. */
export function haveSharedCaptures(): boolean {
  const have = existsSync(SHARED_CAPTURES);
  if (!have) console.log(`${SHARED_CAPTURES} is not here: tests on public captures are skipped`);
  return have;
}

/** Paths of all capture files below `folder`. */
export function captureFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(pcap|pcapng|cap)(\.gz)?$/.test(path))
    .map((path) => join(folder, path))
    .sort();
}

export interface ReadBack {
  readonly result: CaptureResult;
  readonly events: readonly SensorEvent[];
  readonly routine: readonly RoutineReads[];
  readonly counters: PipelineCounters;
}

/** Reads one capture through the whole pipeline, without detectors. */
export function readCapture(path: string, everything = true): ReadBack {
  const events: SensorEvent[] = [];
  const routine: RoutineReads[] = [];
  const pipeline = createPipeline({
    detect: (event) => event,
    event: (event) => events.push(event),
    routine: (reads) => routine.push(reads),
    servers: new KnownServers(),
    everything,
    seed: 1,
  });
  let last: Micros = micros(0);
  const result = readCaptureFile(path, (packet) => {
    last = packet.at;
    pipeline.packet(packet);
  });
  pipeline.finish(last);
  return { result, events, routine, counters: pipeline.counters };
}

export const isModbus = (event: SensorEvent): event is ModbusExchange =>
  event.kind === 'exchange' && event.protocol === 'modbus';

export const isOpcua = (event: SensorEvent): event is OpcuaExchange =>
  event.kind === 'exchange' && event.protocol === 'opcua';

/** Names of the facts of `events`, counted. */
export function factCounts(events: readonly SensorEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of events.flatMap(({ facts }) => facts)) {
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
