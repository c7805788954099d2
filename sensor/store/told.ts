/** An exchange as the database and the broker have it: its lists within their bounds, and none that is told to nobody. */
import { MAX_FACTS, someFrames } from '#sensor/model/bounds.ts';
import type { Exchange } from '#sensor/model/event.ts';

export function told(exchange: Exchange): Exchange {
  const { frames, facts } = exchange;
  const [request, response] = [someFrames(frames.request), someFrames(frames.response)];
  const bounded = { frames: { request, response }, facts: facts.slice(0, MAX_FACTS) };
  if (exchange.protocol !== 'opcua') return { ...exchange, ...bounded };
  const { unlisted: _, ...opcua } = exchange.opcua;
  return { ...exchange, ...bounded, opcua };
}
