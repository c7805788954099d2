/** What people may do with an alert. The table is a constraint of the store. */
import type { AlertStatus } from '#broker/model/alert.ts';

/** From each status, those that may follow it. A closed alert that fires again is a new one. */
export const NEXT: Readonly<Record<AlertStatus, readonly AlertStatus[]>> = {
  new: ['acknowledged', 'closed'],
  acknowledged: ['closed', 'new'],
  closed: [],
};
