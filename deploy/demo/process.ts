/**
 * The process that the example PLC controls: a pump fills a tank that drains by itself.
 *
 * Slow on purpose: values drift from second to second as a real plant's do, so that a poll never
 * looks the same twice and a written setpoint shows its effect.
 */

/** Values as the PLC's registers hold them. */
export interface ProcessState {
  /** rpm */
  readonly pumpSpeed: number;
  /** 0.01 bar */
  readonly pressure: number;
  /** 0.1 °C */
  readonly temperature: number;
  /** 0.1 % */
  readonly level: number;
}

export interface Setpoints {
  readonly running: boolean;
  /** rpm, 0..1500 */
  readonly pumpSpeed: number;
}

export const AT_REST: ProcessState = {
  pumpSpeed: 1180,
  pressure: 412,
  temperature: 415,
  level: 620,
};

/** Largest change of the pump's speed in a second, rpm: a drive ramps. */
const RAMP = 40;

const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, Math.round(value)));

/** One second later. `noise` gives -1..1. */
export function step(state: ProcessState, setpoints: Setpoints, noise: () => number): ProcessState {
  const wanted = setpoints.running ? setpoints.pumpSpeed : 0;
  const pumpSpeed = state.pumpSpeed + clamp(wanted - state.pumpSpeed, -RAMP, RAMP);
  const inflow = pumpSpeed / 240;
  const outflow = state.level / 125;
  return {
    pumpSpeed: clamp(pumpSpeed + 2 * noise(), 0, 2000),
    pressure: clamp(pumpSpeed * 0.3 + state.level * 0.1 + 3 * noise(), 0, 1600),
    temperature: clamp(state.temperature + (pumpSpeed - 1200) / 600 + noise(), 150, 900),
    level: clamp(state.level + inflow - outflow, 0, 1000),
  };
}
