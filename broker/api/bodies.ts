/**
 * What clients may send, checked once at the edge: types, sizes, no unknown keys. Whether it makes
 * sense (an entry that is not the vendor's, an end before its beginning) is for the actions to say.
 */
import { z } from 'zod';
import { type GrantId, grantId } from '#broker/model/ids.ts';
import { printable } from '#sbom/reason.ts';
import { type Micros, parseIso } from '#sensor/model/time.ts';
import type {
  AcknowledgeBody,
  ApproveBody,
  CloseBody,
  CommentBody,
  DenyBody,
  EndBody,
  RefuseDeviceBody,
} from './views.ts';
import type { AgreeBody } from './views-policy.ts';

/** Enough for a reason that others must understand; longer ones belong into the ticket. */
const MAX_TEXT = 2_000;
/** A request is read by approvers, so it stays readable. */
const MAX_OPERATIONS = 50;
const MAX_RANGES = 50;

/** Control characters but line breaks and tabs: they would let a text pose as another in logs and screens. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !CONTROL.test(value), { message: 'holds characters that cannot be shown' });

/** A text that must say something. */
const sentence = text(MAX_TEXT).refine((value) => value.trim() !== '', {
  message: 'say something',
});

const name = text(128).min(1);

const version = z.int().min(1);

const time = z.string().transform((written, context): Micros => {
  const at = parseIso(written);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom', message: 'is no time like 2026-11-23T10:00:00Z' });
  return z.NEVER;
});

const register = z.int().min(0).max(65_535);
const addresses = z
  .array(z.strictObject({ first: register, last: register }))
  .max(MAX_RANGES)
  .optional();
const value = z.strictObject({ min: register.optional(), max: register.optional() }).optional();

export const demoSignIn = z.strictObject({ person: name });

/** Fields may be missing here: the action names all that is missing or wrong together. */
export const submit = z.strictObject({
  entry: name.optional(),
  asset: name.optional(),
  operations: z
    .array(z.strictObject({ allowance: z.int().min(0).max(1_000), addresses, value }))
    .max(MAX_OPERATIONS)
    .optional(),
  notBefore: time.optional(),
  notAfter: time.optional(),
  readGrace: z.boolean().optional(),
  purpose: text(MAX_TEXT).optional(),
  ticket: text(100).optional(),
});

const hash = z.string().regex(/^[0-9a-f]{64}$/);

export const approve = z.strictObject({
  version,
  hash,
  comment: text(MAX_TEXT),
}) satisfies z.ZodType<ApproveBody>;

export const narrow = z.strictObject({
  version,
  hash,
  comment: text(MAX_TEXT),
  notAfter: time.optional(),
  operations: z
    .array(z.strictObject({ index: z.int().min(0).max(MAX_OPERATIONS), addresses, value }))
    .min(1)
    .max(MAX_OPERATIONS),
});

export const deny = z.strictObject({
  version,
  reason: sentence,
}) satisfies z.ZodType<DenyBody>;

const policyVersion = z.string().regex(/^[0-9a-f]{64}$/);

export const agree = z.strictObject({ base: policyVersion }) satisfies z.ZodType<AgreeBody>;

export const policyPlan = z.strictObject({ from: policyVersion.optional(), to: policyVersion });

/** A vendor who withdraws owes nobody a reason. */
export const withdraw = z.strictObject({ version, reason: text(MAX_TEXT).optional() });

export const endSession = z.strictObject({
  reason: sentence,
  block: z.boolean().default(true),
}) satisfies z.ZodType<EndBody>;

const grant = z.string().transform((written, context): GrantId => {
  const id = grantId(written);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'is no grant id' });
  return z.NEVER;
});

export const placeLock = z.strictObject({
  target: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('grant'), grant }),
    z.strictObject({ kind: z.literal('person'), person: name }),
    z.strictObject({ kind: z.literal('vendor'), vendor: name }),
    z.strictObject({ kind: z.literal('zone'), zone: name }),
    z.strictObject({ kind: z.literal('all') }),
  ]),
  reason: sentence,
});

export const liftLock = z.strictObject({ version });

export const acknowledge = z.strictObject({ version }) satisfies z.ZodType<AcknowledgeBody>;
export const comment = z.strictObject({
  version,
  text: sentence,
}) satisfies z.ZodType<CommentBody>;
export const close = z.strictObject({
  version,
  reason: z.enum([
    'true-positive',
    'benign-true-positive',
    'expected-change',
    'false-positive',
    'duplicate',
    'tuning',
  ]),
  comment: text(MAX_TEXT),
}) satisfies z.ZodType<CloseBody>;

const prefix = z.union(
  [z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()],
  'is no address and no range like 10.20.1.0/24',
);

export const enrolment = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is letters, digits and hyphens'),
  covers: z.array(prefix).max(100),
});

export const deviceToken = z.strictObject({ deviceCode: z.string().min(1).max(200) });

/** SPKI PEM of an EC P-256 key is 178 characters. */
const publicKey = z.string().min(1).max(1_000);
export const device = z.strictObject({ grant: name, publicKey });
export const refuseDevice = z.strictObject({
  hindered: z.literal(true).optional(),
}) satisfies z.ZodType<RefuseDeviceBody>;
export const connectSession = z.strictObject({ grant: name, publicKey });

/** Bodies of routes that need none: browsers send `{}` or nothing. */
export const nothing = z.strictObject({});

const many = <T extends string>(values: readonly [T, ...T[]]) =>
  z.preprocess(
    (given) => (given === undefined || Array.isArray(given) ? given : [given]),
    z.array(z.enum(values)).max(values.length).optional(),
  );

const page = {
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};

export const anyPage = z.strictObject(page);

export const alertPage = z.strictObject({
  ...page,
  status: many(['new', 'acknowledged', 'closed']),
  severity: z.coerce.number().int().min(0).max(100).optional(),
  text: z.string().max(200).optional(),
  asset: z.string().max(128).optional(),
  from: time.optional(),
  until: time.optional(),
});

export const requestPage = z.strictObject({
  ...page,
  state: z.enum(['pending', 'approved', 'denied', 'withdrawn', 'expired']).optional(),
});

export const lockPage = z.strictObject({ ...page, active: z.literal('true').optional() });

export const sessionPage = z.strictObject({ ...page, state: many(['active', 'grace', 'ended']) });

export const operationsPage = z.strictObject({
  /** Oldest first, from behind this sequence number; -1 = from the first. Absent: newest first. */
  after: z.coerce.number().int().min(-1).optional(),
  /** Newest first, only what stands before this sequence number. */
  before: z.coerce.number().int().min(0).optional(),
  only: z.literal('changes').optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});

export const assetPage = z.strictObject({
  ...page,
  text: z.string().max(200).optional(),
  /** Zone id; empty = addresses that lie in no zone. */
  zone: z.string().max(128).optional(),
  protocol: z.string().max(40).optional(),
  standing: z.enum(['named', 'unknown', 'unheard']).optional(),
});

export const releasePage = z.strictObject({
  ...page,
  /** Fewer than of other things: a release has as many files as its package. */
  limit: z.coerce.number().int().min(1).max(50).default(25),
  verdict: z.enum(['allow', 'hold', 'deny']).optional(),
  text: z.string().max(200).optional(),
});

export const releaseUpload = z.strictObject({
  /** What the file is called, for people. */
  name: z.string().min(1).max(1_000).transform(printable),
});

export const auditPage = z.strictObject({
  ...page,
  subject: z.string().max(200).optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(200).optional(),
});
