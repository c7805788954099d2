/**
 * Ids of alert records that the broker makes. A sensor chooses the ids of its own alerts, and what
 * the broker derives can be foreseen: kept apart by their beginning, nobody takes one beforehand.
 */
import { createHash } from 'node:crypto';

const PREFIX = 'al_broker-';

/** The same `content` gives the same id. */
export const brokerAlertId = (content: string): string =>
  `${PREFIX}${createHash('sha256').update(content).digest('hex').slice(0, 24)}`;

export const isBrokerAlertId = (id: string): boolean => id.startsWith(PREFIX);
