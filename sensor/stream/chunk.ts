import { micros } from '#sensor/model/time.ts';
import type { StreamChunk } from './consumer.ts';

/** The one chunk of a reassembler, which is filled anew for each call of a consumer. */
export function createChunk(): StreamChunk {
  const bytes = new Uint8Array(0);
  const view = new DataView(bytes.buffer);
  return { side: 0, bytes, view, offset: 0, place: 0, length: 0, frame: 0, at: micros(0) };
}
