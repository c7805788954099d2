/**
 * How the plant policy stands: what lies in its file and was refused, and how its own tests come out.
 * Kept in memory, because a broker that starts looks at the file again.
 */
import type { FieldFault } from '#broker/access/request.ts';
import type { Plant } from '#policies/plant.ts';
import { runTests, type TestReport } from '#policies/tests.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { Live } from './live.ts';

/** An edit that is not in force. */
export interface RefusedPolicy {
  readonly at: Micros;
  readonly message: string;
  readonly faults: readonly FieldFault[];
}

export interface PolicyStanding {
  /** What lies in the file was refused, for these reasons. */
  refuse(refused: RefusedPolicy): void;
  /** What lies in the file is in order: in force, or waiting for people. */
  accept(version: string): void;
  /** What waits, or what is in force, is another: nothing was said about the file. */
  changed(version: string): void;
  refused(): RefusedPolicy | undefined;
  /** Run once for each policy: they take as long as all that they ask. */
  testsOf(plant: Plant): TestReport;
}

/** Either change is told to open pages. */
export function createPolicyStanding(live: Pick<Live, 'publish'>): PolicyStanding {
  let refused: RefusedPolicy | undefined;
  let tested: { readonly plant: Plant; readonly report: TestReport } | undefined;
  return {
    refuse: (edit) => {
      refused = edit;
      live.publish({ event: 'policy', data: {} }, {});
    },
    accept: (version) => {
      refused = undefined;
      live.publish({ event: 'policy', data: { version } }, {});
    },
    changed: (version) => live.publish({ event: 'policy', data: { version } }, {}),
    refused: () => refused,
    testsOf: (plant) => {
      if (tested?.plant !== plant) tested = { plant, report: runTests(plant) };
      return tested.report;
    },
  };
}
