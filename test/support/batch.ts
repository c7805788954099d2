import type { Batch } from '#sensor/store/sensor-store.ts';

export const batch = (parts: Partial<Batch> = {}): Batch => ({
  alerts: [],
  exchanges: [],
  faults: [],
  routine: [],
  assets: [],
  health: [],
  evidence: [],
  ...parts,
});
