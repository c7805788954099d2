/** Why the sensor could not start or go on. A closed list, so that callers can tell the cases apart. */
export type SensorErrorCode =
  /** The interface to capture from does not exist on this machine. */
  | 'capture-interface'
  /** The right to capture is missing. */
  | 'capture-permission'
  /** libpcap does not understand the filter. */
  | 'capture-filter'
  /** The file to replay is no capture that can be read. */
  | 'capture-file'
  /** Neither the `pcap` addon nor tcpdump can be used here. */
  | 'capture-unavailable'
  /** A file that is being written takes no more. */
  | 'output'
  /** The database of the sensor cannot be used. */
  | 'store'
  /** The config file, or a file that it names, is wrong. */
  | 'config'
  /** The sensor could not enrol, or what it keeps of its enrolment is damaged. */
  | 'enrolment';

/** A failed start. What the wire can cause is never thrown. */
export class SensorError extends Error {
  readonly code: SensorErrorCode;

  constructor(code: SensorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SensorError';
    this.code = code;
  }
}
