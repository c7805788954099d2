/** Whether a policy lets anything pass from a host to a port, asked of `evaluate` itself with a few telling operations. */
import { createEvaluator } from '#policies/evaluate.ts';
import { OPERATION_KINDS } from '#policies/layers.ts';
import { POLICY_FUNCTIONS } from '#policies/modbus-functions.ts';
import { anyOpcua } from '#policies/opcua-statement.ts';
import type { Plant } from '#policies/plant.ts';
import { anyOf } from '#policies/probe.ts';

/** Direct conduits alone, and to assets that the policy names. */
export function createReach(plant: Plant): (from: string, to: string, port: number) => boolean {
  const { evaluateDirect, locate } = createEvaluator(plant);
  const lines = [
    ...plant.conduits.flatMap(({ allow }) => allow),
    ...[...plant.zones.values()].flatMap(({ allow }) => allow),
  ];
  const units = [
    ...new Set([
      0,
      1,
      2,
      3,
      ...lines.flatMap((line) => ('units' in line ? (line.units ?? []) : [])),
    ]),
  ];
  const operations = OPERATION_KINDS.flatMap((kind) => [
    ...anyOf(kind, lines, { units, passed: POLICY_FUNCTIONS }),
    ...anyOpcua(kind, lines),
  ]);
  return (from, to, port) => {
    const asset = locate(to)?.asset;
    if (asset === undefined) return false;
    return operations
      .filter(({ protocol }) => asset[protocol]?.port === port)
      .some((operation) => evaluateDirect({ from, to: { ip: to, port }, operation }).allowed);
  };
}
