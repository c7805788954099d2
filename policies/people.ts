/**
 * Who may do what in the broker, by Cedar. For decisions at human speed only: about 2000 a second, so
 * never for a PDU.
 *
 * Cedar skips a rule that fails to evaluate, also a forbid. Here any such error denies, and strict
 * validation at the start leaves little that can fail.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { Decision, Person, Reason } from './plant.ts';
import { PolicyError } from './policy-error.ts';

export const ACTIONS = [
  'read-alerts',
  'acknowledge-alert',
  'close-alert',
  'comment-alert',
  'read-evidence',
  'submit-request',
  'read-request',
  'withdraw-request',
  'approve-request',
  'narrow-request',
  'deny-request',
  'connect',
  'read-session',
  'watch-session',
  'end-session',
  'read-recording',
  'place-lock',
  'lift-lock',
  'read-lock',
  'read-audit',
  'read-plant',
  'read-policy',
  'read-assets',
  'read-sensors',
  'enrol-sensor',
  'approve-policy',
  'withdraw-policy',
  'roll-back-policy',
  'read-releases',
  'receive-release',
] as const;

export type Action = (typeof ACTIONS)[number];

export interface Resource {
  readonly kind:
    | 'alert'
    | 'request'
    | 'session'
    | 'grant'
    | 'lock'
    | 'audit'
    | 'plant'
    | 'asset'
    | 'sensor'
    | 'release';
  /** Zone of the asset that it is about; absent = none, and zone-bound roles do not reach it. */
  readonly zone?: string;
  /** Vendor id. */
  readonly vendor?: string;
  /** Person id: who asked, who was granted. */
  readonly owner?: string;
}

/** What the caller knows beyond person and resource. Absent = not known, which forbids nothing by itself. */
export interface PeopleContext {
  /** The person and the owner are accounts of one human, also where `sameAs` does not say it directly. */
  readonly sameHuman?: boolean;
  /** The person works for the owner's company, also where the company ids differ. */
  readonly sameCompany?: boolean;
  /** The access entry names a role that the person holds. */
  readonly named?: boolean;
}

/** Never throws; `because` is never empty. */
export type May = (
  person: Person,
  action: Action,
  resource: Resource,
  context?: PeopleContext,
) => Decision;

export interface People {
  readonly may: May;
}

/** The zones around a zone, inner first, itself included. A plant knows; without one each stands alone. */
export type ZonesAround = (zone: string) => readonly string[];

const TYPES: Readonly<Record<Resource['kind'], string>> = {
  alert: 'Alert',
  request: 'Request',
  session: 'Session',
  grant: 'Grant',
  lock: 'Lock',
  audit: 'Audit',
  plant: 'Plant',
  asset: 'Asset',
  sensor: 'Sensor',
  release: 'Release',
};

const DECIDING: ReadonlySet<Action> = new Set<Action>([
  'approve-request',
  'narrow-request',
  'deny-request',
]);

/** Reads a text that ships with the product. */
const shipped = (name: string): string =>
  readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');

/** The rules that ship with the product. */
export const shippedPeople = (zonesAround?: ZonesAround): People =>
  createPeople(shipped('people.cedar'), shipped('people.cedarschema'), zonesAround);

/**
 * Parses and strictly validates the rules. Throws PolicyError `people-policy` where they are not in
 * order: the broker then does not start.
 */
export function createPeople(
  cedarText: string,
  schemaText: string,
  zonesAround: ZonesAround = (zone) => [zone],
): People {
  const rules = readRules(cedarText);
  const policies = {
    staticPolicies: Object.fromEntries([...rules].map(([id, rule]) => [id, rule.text])),
  };
  const validation = cedar.validate({
    schema: schemaText,
    policies,
    validationSettings: { mode: 'strict' },
  });
  if (validation.type === 'failure') throw unusable(validation.errors);
  const wrong = validation.validationErrors.map(({ error }) => error);
  if (wrong.length > 0) throw unusable(wrong);
  // Cedar keeps what it parsed under a name for ever, so the same texts get the same name.
  const name = createHash('sha256').update(cedarText).update('\0').update(schemaText).digest('hex');
  for (const answer of [
    cedar.preparseSchema(name, schemaText),
    cedar.preparsePolicySet(name, policies),
  ]) {
    if (answer.type === 'failure') throw unusable(answer.errors);
  }
  return {
    may: (person, action, resource, context) => {
      const uid = { type: TYPES[resource.kind], id: 'it' };
      const answer = cedar.statefulIsAuthorized({
        principal: { type: 'Person', id: person.id },
        action: { type: 'Action', id: action },
        resource: uid,
        context: DECIDING.has(action) ? decidingContext(person, resource, context) : {},
        preparsedSchemaName: name,
        preparsedPolicySetId: name,
        validateRequest: true,
        entities: entities(person, resource, uid, zonesAround),
      });
      return decisionOf(answer, rules, `no rule lets \`${person.id}\` ${action} here`);
    },
  };
}

interface Rule {
  readonly text: string;
  readonly line: number;
  readonly why: string;
}

/** The rules by their `@id`. Cedar itself would number them. */
function readRules(cedarText: string): ReadonlyMap<string, Rule> {
  const parts = cedar.policySetTextToParts(cedarText);
  if (parts.type === 'failure') throw unusable(parts.errors);
  const rules = new Map<string, Rule>();
  for (const text of parts.policies) {
    const json = cedar.policyToJson(text);
    if (json.type === 'failure') throw unusable(json.errors);
    const annotations = new Map(Object.entries(json.json.annotations ?? {}));
    const id = annotations.get('id');
    const why = annotations.get('why');
    if (id === undefined || why === undefined || rules.has(id)) {
      const message = `people policy: rule \`${id ?? text.slice(0, 60)}\`: give it an @id of its own and a @why`;
      throw new PolicyError('people-policy', message);
    }
    const before = cedarText.slice(0, Math.max(0, cedarText.indexOf(`@id("${id}")`)));
    rules.set(id, { text, why, line: before.split('\n').length });
  }
  if (parts.policy_templates.length > 0) {
    throw new PolicyError('people-policy', 'people policy: templates are not used here');
  }
  return rules;
}

function decidingContext(
  person: Person,
  { owner }: Resource,
  context: PeopleContext = {},
): Record<string, boolean> {
  const { sameHuman = false, sameCompany = false, named } = context;
  return {
    sameHuman: sameHuman || (owner !== undefined && person.sameAs === owner),
    sameCompany,
    ...(named !== undefined && { named }),
  };
}

function entities(
  person: Person,
  { zone, vendor, owner }: Resource,
  uid: cedar.TypeAndId,
  zonesAround: ZonesAround,
): cedar.EntityJson[] {
  const around = zone === undefined ? [] : zonesAround(zone);
  const approves = person.roles.flatMap((held) =>
    held.role === 'approver' && held.zone !== undefined ? [zoneUid(held.zone)] : [],
  );
  return [
    {
      uid: { type: 'Person', id: person.id },
      attrs: { company: person.company, approves: approves.map((__entity) => ({ __entity })) },
      parents: person.roles.map(({ role }) => ({ type: 'Role', id: role })),
    },
    {
      uid,
      attrs: {
        ...(vendor !== undefined && { vendor }),
        ...(owner !== undefined && { owner: { __entity: { type: 'Person', id: owner } } }),
      },
      parents: zone === undefined ? [] : [zone, ...around].map(zoneUid),
    },
  ];
}

const zoneUid = (id: string): cedar.TypeAndId => ({ type: 'Zone', id });

function decisionOf(
  answer: cedar.AuthorizationAnswer,
  rules: ReadonlyMap<string, Rule>,
  otherwise: string,
): Decision {
  if (answer.type === 'failure') {
    const text = `cannot be decided, so it is denied: ${messages(answer.errors)}`;
    return { allowed: false, because: [{ rule: 'default-deny', text }] };
  }
  const { decision, diagnostics } = answer.response;
  const [failed] = diagnostics.errors;
  if (failed !== undefined) {
    const text = `rule \`${failed.policyId}\` cannot be decided, so it is denied: ${failed.error.message}`;
    return { allowed: false, because: [{ rule: failed.policyId, text }] };
  }
  const because = diagnostics.reason.map((id): Reason => {
    const rule = rules.get(id);
    const at = rule === undefined ? {} : { at: { file: 'people.cedar', line: rule.line } };
    return { rule: id, text: rule?.why ?? id, ...at };
  });
  return {
    allowed: decision === 'allow',
    because: because.length > 0 ? because : [{ rule: 'default-deny', text: otherwise }],
  };
}

const messages = (errors: readonly cedar.DetailedError[]): string =>
  errors.map(({ message }) => message).join('; ');

const unusable = (errors: readonly cedar.DetailedError[]): PolicyError =>
  new PolicyError('people-policy', `people policy: ${messages(errors)}`);
