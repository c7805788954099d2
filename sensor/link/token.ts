/** Reads an enrolment token (`sensor/model/link.ts`): where the broker is, how to know it, and the secret. */
import { z } from 'zod';
import { type EnrolmentToken, TOKEN_PREFIX } from '#sensor/model/link.ts';

const MAX_TOKEN = 4096;

const schema = z.strictObject({
  url: z
    .url({ protocol: /^https$/ })
    .max(300)
    .refine((url) => new URL(url).pathname === '/', 'must have no path'),
  pin: z.string().regex(/^[0-9a-f]{64}$/),
  secret: z.string().min(16).max(200),
});

/** Gives what is wrong as text; the text never holds the secret. */
export function readToken(token: string): EnrolmentToken | string {
  if (!token.startsWith(TOKEN_PREFIX)) return `an enrolment token begins with ${TOKEN_PREFIX}`;
  if (token.length > MAX_TOKEN) return 'the token is too long';
  try {
    const text = Buffer.from(token.slice(TOKEN_PREFIX.length), 'base64url').toString('utf8');
    const checked = schema.safeParse(JSON.parse(text));
    if (checked.success) return checked.data;
    const [issue] = checked.error.issues;
    return `the token's ${issue?.path.join('.') ?? 'content'} is wrong; copy it whole, or ask for a new one`;
  } catch {
    return 'the token is damaged; copy it whole, or ask for a new one';
  }
}
