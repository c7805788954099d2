/**
 * `may` with a memory. Cedar takes half a millisecond for an answer, and the gate decides about PDUs on
 * the same thread; a list page and a live event ask the same few questions again and again.
 *
 * The answer depends on the person, the action, the resource, the context and the zones around the
 * resource. Persons and zones are parts of one plant policy and come anew with each, so the memory
 * hangs on the person itself: a changed policy finds it empty, and an old one takes it along.
 */
import type { Action, May, PeopleContext, Resource } from '#policies/people.ts';
import type { Decision, Person } from '#policies/plant.ts';

/** Answers kept for one person; full, it begins anew. */
export const MAX_REMEMBERED = 2_000;

function questionOf(action: Action, resource: Resource, context: PeopleContext = {}): string {
  const { kind, zone, vendor, owner } = resource;
  const { sameHuman, sameCompany, named } = context;
  // JSON, so that no id can run into the next one; absent is null and no id.
  return JSON.stringify([
    action,
    kind,
    zone ?? null,
    vendor ?? null,
    owner ?? null,
    sameHuman ?? null,
    sameCompany ?? null,
    named ?? null,
  ]);
}

export function rememberMay(may: May): May {
  const remembered = new WeakMap<Person, Map<string, Decision>>();
  return (person, action, resource, context) => {
    let answers = remembered.get(person);
    if (answers === undefined || answers.size >= MAX_REMEMBERED) {
      answers = new Map();
      remembered.set(person, answers);
    }
    const question = questionOf(action, resource, context);
    const known = answers.get(question);
    if (known !== undefined) return known;
    const decision = may(person, action, resource, context);
    answers.set(question, decision);
    return decision;
  };
}
