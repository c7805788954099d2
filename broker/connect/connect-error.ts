/** What keeps a vendor from connecting, in words that say what to do. */
export type ConnectErrorCode =
  /** The broker cannot be reached. */
  | 'unreachable'
  /** Whoever answers is not the broker of the connect line. */
  | 'pin'
  /** The broker answered no. */
  | 'refused'
  /** The short code was not confirmed in time. */
  | 'not-confirmed'
  /** No port could be opened on this machine. */
  | 'listen';

export class ConnectError extends Error {
  readonly code: ConnectErrorCode;

  constructor(code: ConnectErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConnectError';
    this.code = code;
  }
}

export function unreachable(broker: string, cause: unknown): ConnectError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ConnectError('unreachable', `${broker} cannot be reached (${why})`, { cause });
}
