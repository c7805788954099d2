/** Why the broker could not start or go on. A closed list, so that callers can tell the cases apart. */
export type BrokerErrorCode =
  /** The configuration file cannot be read or has faults. */
  | 'config'
  /** The folder of data cannot be used: missing right, another broker, a newer schema. */
  | 'store'
  /** The machine's clock is far behind what this broker wrote before. */
  | 'clock'
  /** A key or certificate on disk is missing, damaged or readable by others. */
  | 'key'
  /** A listener cannot be opened. */
  | 'listener'
  /** The OpenID provider does not answer or its answer is not usable. */
  | 'sign-in';

/** A failed start or a bug. What an outsider can cause is a value in the return type, never this. */
export class BrokerError extends Error {
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BrokerError';
    this.code = code;
  }
}
