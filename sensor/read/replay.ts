/** Who did what in captures, as the sensor reads them: for whoever asks what a policy would have said. */
import { KnownServers, type Service } from '#sensor/decode/known-servers.ts';
import type { Exchange } from '#sensor/model/event.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { type Reading, readFiles } from './reading.ts';

/** Reads `files` one after another, as one capture; `-` is standard input. `services`: who is known to serve what, whatever the port. */
export function replay(
  files: readonly string[],
  services: readonly Service[],
  seen: (exchange: Exchange) => void,
): Reading {
  const servers = new KnownServers();
  servers.declare(services);
  const pipeline = createPipeline({
    detect: (event) => event,
    event: (event) => {
      if (event.kind === 'exchange') seen(event);
    },
    routine: () => undefined,
    servers,
    // Each with what it touches, or a policy could not be asked about it.
    everything: true,
    // Only an attacker would profit from guessing it, and nobody is on the line.
    seed: 1,
  });
  const reading = readFiles(files, pipeline.packet);
  pipeline.finish(reading.to);
  return reading;
}
