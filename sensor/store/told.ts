/** An exchange as the database and the broker have it: its lists within their bounds. */
import { MAX_FACTS, someFrames } from '#sensor/model/bounds.ts';
import type { Exchange } from '#sensor/model/event.ts';

export function told(exchange: Exchange): Exchange {
  const { frames, facts } = exchange;
  const [request, response] = [someFrames(frames.request), someFrames(frames.response)];
  return { ...exchange, frames: { request, response }, facts: facts.slice(0, MAX_FACTS) };
}
