/** The broker's log: what happened to the process, as one JSON line each. Who did what is the audit log's. */
import pino from 'pino';

export interface Log {
  readonly info: (event: LogEvent) => void;
  readonly fault: (what: string, error: unknown) => void;
}

/** Every field of a line is named here; there is none that could hold a secret or a client's text. */
type LogEvent =
  | { readonly event: 'listening'; readonly listener: string; readonly address: string }
  | { readonly event: 'policy-applied'; readonly version: string }
  | { readonly event: 'policy-staged'; readonly version: string }
  | { readonly event: 'policy-refused'; readonly faults: readonly string[] }
  /** The system clock was set back, or was ahead before: until it has caught up, time is what the audit log says. */
  | { readonly event: 'clock-behind-audit-log'; readonly seconds: number }
  | { readonly event: 'started' | 'stopping' | 'stopped' };

/** To stderr, so that stdout holds only what is for people. */
export function createLog(): Log {
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (event) => logger.info(event),
    fault: (what, error) => {
      const { stack, message } = error instanceof Error ? error : new Error(String(error));
      logger.error({ event: 'fault', what, message, stack });
    },
  };
}
