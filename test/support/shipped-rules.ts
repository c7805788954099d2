import { readdirSync, readFileSync } from 'node:fs';
import { loadRules } from '#sensor/detect/sigma/load.ts';
import type { Rule } from '#sensor/detect/sigma/rule.ts';

/** The rules of the product, by their action. */
export function shippedRules(): ReadonlyMap<string, Rule> {
  const files = readdirSync('rules').filter((name) => name.endsWith('.yaml'));
  const loaded = loadRules(
    files.map((path) => ({ path, text: readFileSync(`rules/${path}`, 'utf8') })),
  );
  if (loaded.kind === 'faulty') throw new Error(JSON.stringify(loaded.faults));
  return new Map(loaded.set.rules.map((rule) => [rule.action, rule]));
}
