/** Takes the pcapng slice of an alert from its sensor: proof that cannot be swapped afterwards. */
import type { Context } from 'hono';
import type { ActionContext } from '#broker/actions/context.ts';
import { receiveEvidence } from '#broker/actions/receive-alerts.ts';
import type { AuditEvent } from '#broker/model/audit.ts';
import type { Sensor } from '#broker/model/sensor.ts';
import { EVIDENCE_STANDS } from '#sensor/model/link.ts';
import type { Clock } from '#sensor/model/time.ts';
import type { Evidence } from './evidence.ts';
import { answerConflict } from './outcome-answer.ts';
import { createLimiter } from './rate-limit.ts';
import { notFound, refusal } from './refusal.ts';

export interface EvidenceParts {
  readonly actions: ActionContext;
  readonly clock: Clock;
  readonly evidence: Evidence;
}

/** A swap is told once an hour for each alert: a sensor in wrong hands does not fill the log. */
const TELL_SWAP = { burst: 1, every: 3_600 * 1_000_000 };

export function createEvidenceDoor({ actions, clock, evidence }: EvidenceParts) {
  const tellSwap = createLimiter(TELL_SWAP);
  let toldFull = false;

  const note = async (
    sensor: Sensor,
    subject: string,
    outcome: AuditEvent['outcome'],
    detail: Readonly<Record<string, unknown>>,
  ): Promise<void> => {
    const actor = `sensor:${sensor.id}`;
    const leaf = { at: clock(), actor, action: 'receive-evidence', subject, outcome, detail };
    await actions.store.commit({ writes: [], audit: [leaf] });
  };

  return async (c: Context, sensor: Sensor): Promise<Response> => {
    const alert = c.req.param('alert') ?? '';
    const record = await actions.store.alerts.get(alert);
    // Only for an alert of its own: one sensor cannot give the proof of another's.
    if (record?.sensor !== sensor.id) return notFound();
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    const sha256 = c.req.header('x-sha256') ?? '';
    const outcome = await evidence.put(alert, bytes, sha256);
    switch (outcome) {
      case 'wrong':
        return refusal(400, 'invalid', 'the bytes are not those that x-sha256 names');
      case 'other':
        if (tellSwap(alert, clock())) await note(sensor, alert, 'denied', { offered: sha256 });
        return refusal(409, EVIDENCE_STANDS, 'other evidence of this alert stands, and stays');
      case 'full':
        if (!toldFull) await note(sensor, alert, 'failed', { because: 'no room for evidence' });
        toldFull = true;
        return refusal(507, 'full', 'no room for evidence; an admin must make some');
      case 'kept':
      case 'same':
        if (outcome === 'kept') toldFull = false;
        // A crash may have come between the file and the leaf: what is not yet shown was not yet told.
        if (!record.hasEvidence) {
          await note(sensor, alert, 'allowed', { sha256, bytes: bytes.length });
        }
        return (await receiveEvidence(actions, sensor.id, alert))
          ? c.body(null, 204)
          : answerConflict();
      default:
        return outcome satisfies never;
    }
  };
}
