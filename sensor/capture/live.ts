/**
 * Live capture from an interface: through the `pcap` addon, else through a pipe from tcpdump.
 *
 * The sensor never sends: both backends only listen. tcpdump has the advantage that it alone needs
 * the right to capture, and that nothing has to be compiled; the addon costs a third less CPU.
 */
import type { PacketSink } from '#sensor/model/captured-packet.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import { startAddonCapture } from './live-addon.ts';
import type { LiveOptions } from './live-options.ts';
import { startTcpdumpCapture } from './live-tcpdump.ts';
import type { RunningCapture } from './source.ts';

/** IFNAMSIZ of Linux is 16 with the closing zero; no name has a slash or a space. */
const INTERFACE_NAME = /^[\w.:@-]{1,15}$/;

/** No expression that a person writes is longer; bounds the command line. */
const MAX_FILTER_LENGTH = 4096;

/** Starts a capture; resolves once it runs. Rejects with `SensorError` if it cannot. */
export type StartLive = (options: LiveOptions, sink: PacketSink) => Promise<RunningCapture>;

export const startLiveCapture: StartLive = async (options, sink) => {
  check(options);
  if (options.backend === 'tcpdump') return startTcpdumpCapture(options, sink, undefined);
  try {
    return await startAddonCapture(options, sink);
  } catch (error) {
    if (options.backend === 'pcap' || !(error instanceof SensorError)) throw error;
    if (error.code !== 'capture-unavailable' && error.code !== 'capture-permission') throw error;
    return startTcpdumpCapture(options, sink, `not through the addon: ${error.message}`);
  }
};

function check(options: LiveOptions): void {
  if (!INTERFACE_NAME.test(options.interface)) {
    throw new SensorError(
      'capture-interface',
      `\`${options.interface}\` is no name of an interface`,
    );
  }
  if (options.filter.length > MAX_FILTER_LENGTH) {
    throw new SensorError(
      'capture-filter',
      `filter is longer than ${MAX_FILTER_LENGTH} characters`,
    );
  }
}
