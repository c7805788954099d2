/** The sensor's log: one line for each change of state, of typed news, so that no secret can slip in. */
import type { RunNews } from './run.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function logLine({ kind, ...fields }: RunNews): LogLine {
  const line = LINES[kind];
  return { ...line, fields: { event: kind, ...fields } };
}

const LINES: Readonly<Record<RunNews['kind'], Pick<LogLine, 'level' | 'message'>>> = {
  started: { level: 'info', message: 'the sensor listens' },
  alert: { level: 'warn', message: 'a new alert' },
  'broker-reached': { level: 'info', message: 'the broker answers' },
  'broker-lost': { level: 'warn', message: 'the broker does not answer; what is found waits' },
  'bundle-used': { level: 'info', message: 'plant policy and rules of the broker are in use' },
  'bundle-refused': { level: 'error', message: 'a bundle was refused; the last good one stays' },
  'link-failed': {
    level: 'error',
    message: 'the disk or the database of the sensor fails its link; it is tried again',
  },
  'refused-by-broker': {
    level: 'error',
    message: 'the broker does not take something; it is given up',
  },
  'given-up': { level: 'error', message: 'the outbox is full; its oldest rows were given up' },
  'store-failed': {
    level: 'error',
    message: 'the database cannot be written; what is found waits in memory',
  },
  'capture-ended': { level: 'error', message: 'the capture broke down' },
  stopped: { level: 'info', message: 'the sensor has stopped; everything is kept' },
};
