/**
 * A plan for code review: SARIF 2.1.0 (OASIS, 2020), a result for each change at the line of the new policy that
 * makes it.
 */
import type { SourceRef } from '../plant.ts';
import type { Plan } from './change.ts';
import { describeGrant, describeSetting, describeTraffic } from './words.ts';

const RULES = [
  { id: 'becomes-allowed', text: 'An operation that was denied becomes allowed' },
  { id: 'becomes-denied', text: 'An operation that was allowed becomes denied' },
  { id: 'setting-changed', text: 'Something else is written in another way' },
] as const;

type RuleId = (typeof RULES)[number]['id'];

interface SarifResult {
  readonly ruleId: RuleId;
  readonly level: 'warning' | 'note';
  readonly message: { readonly text: string };
  readonly locations: readonly unknown[];
}

/** `file`: the new policy, for what has no line of its own in it. */
export function sarifOf({ traffic, grants, settings }: Plan, file: string): unknown {
  const results: readonly SarifResult[] = [
    ...traffic.map((change) =>
      resultOf(`becomes-${change.becomes}`, describeTraffic(change), lineOf(change, file)),
    ),
    ...grants.map((change) =>
      resultOf(`becomes-${change.becomes}`, describeGrant(change), lineOf(change, file)),
    ),
    ...settings.map((change) =>
      resultOf('setting-changed', describeSetting(change), change.at ?? { file, line: 1 }),
    ),
  ];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'lockkeeper policy plan',
            rules: RULES.map(({ id, text }) => ({ id, shortDescription: { text } })),
          },
        },
        results,
      },
    ],
  };
}

/** What becomes denied stands in the old policy: the new one has the line that says why, if any. */
const lineOf = (
  {
    becomes,
    at,
    example,
  }: {
    readonly becomes: 'allowed' | 'denied';
    readonly at: SourceRef;
    readonly example: { readonly because?: { readonly at?: SourceRef } };
  },
  file: string,
): SourceRef => (becomes === 'allowed' ? at : (example.because?.at ?? { file, line: 1 }));

const resultOf = (
  ruleId: RuleId,
  text: string,
  { file, line, column = 1 }: SourceRef,
): SarifResult => ({
  ruleId,
  // More that may happen in a plant is what a reviewer is asked about.
  level: ruleId === 'becomes-allowed' ? 'warning' : 'note',
  message: { text },
  locations: [
    {
      physicalLocation: {
        artifactLocation: { uri: encodeURI(file) },
        region: { startLine: line, startColumn: column },
      },
    },
  ],
});
