/** What the schemas of items that sensors send are made of. */
import { z } from 'zod';
import { parseIso } from '#sensor/model/time.ts';

export const text = (max: number) => z.string().max(max);
export const time = text(40).refine((value) => parseIso(value) !== undefined, {
  message: 'is no time',
});
export const ip = z.union([z.ipv4(), z.ipv6()]);
export const port = z.int().min(0).max(65_535);

export const operationKind = z.enum([
  'read',
  'write',
  'control',
  'configure',
  'program',
  'browse',
  'subscribe',
  'identify',
]);
