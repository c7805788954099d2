import type { Micros } from '#sensor/model/time.ts';
import { isoMicros } from '#sensor/model/time.ts';

/** `2026-11-22T10:15:30.123456+0000`: Suricata writes no `Z` and no colon. */
export const eveTime = (at: Micros): string => `${isoMicros(at).slice(0, -1)}+0000`;
