/** The detecting half of the sensor put together, for `read` and `run` alike. */
import { AlertBook, type AlertBookOptions, type Evidence } from '#sensor/detect/alert-book.ts';
import { type BaselineOptions, baselineDetector } from '#sensor/detect/baseline.ts';
import { browseSweepDetector } from '#sensor/detect/browse-sweep.ts';
import { burstDetector } from '#sensor/detect/burst.ts';
import { certificateDetector } from '#sensor/detect/certificates.ts';
import { conduitDetector } from '#sensor/detect/conduit.ts';
import { createDetection, type Detection } from '#sensor/detect/detection.ts';
import { start } from '#sensor/detect/detector.ts';
import type { LearnedWriters } from '#sensor/detect/learned-writers.ts';
import { lossDetector } from '#sensor/detect/loss.ts';
import { opcuaSessionDetector } from '#sensor/detect/opcua-session.ts';
import type { PlantView } from '#sensor/detect/plant-view.ts';
import { scanDetector } from '#sensor/detect/scan.ts';
import type { RuleSet } from '#sensor/detect/sigma/rule.ts';
import { weakCertificateDetector } from '#sensor/detect/weak-certificates.ts';
import type { Alert } from '#sensor/model/alert.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import { EcsWriter } from '#sensor/output/ecs.ts';
import { withTypedValues } from './typed-values.ts';

export interface DetectingOptions {
  readonly plant: PlantView;
  readonly rules: RuleSet;
  readonly learned: LearnedWriters;
  readonly phase: BaselineOptions['phase'];
  /** Cuts the packets of a new alert; `() => undefined` where no packets are kept. */
  readonly evidence: (alert: Alert) => Evidence | undefined;
  /** Hears of each event that a rule finds, and the id of the alert that counts it. */
  readonly found?: ((alertId: string, event: SensorEvent) => void) | undefined;
}

export interface Detecting {
  readonly detection: Detection;
  readonly book: AlertBook;
}

export function createDetecting(options: DetectingOptions): Detecting {
  const { plant, rules, learned, phase, evidence, found } = options;
  const ecs = new EcsWriter();
  const book = new AlertBook({
    plant,
    evidence,
    found,
    describe: (exchange) => {
      const { network, modbus, opcua } = ecs.document(exchange);
      // The writer gives the shapes of docs/contracts.md, which are those of the alert too.
      return { network, ...(modbus ? { modbus } : { opcua }) } as ReturnType<
        AlertBookOptions['describe']
      >;
    },
  });
  const inspections = [
    start(conduitDetector(plant)),
    start(baselineDetector({ plant, learned, phase })),
    start(scanDetector()),
    start(burstDetector()),
    start(opcuaSessionDetector()),
    start(browseSweepDetector()),
    start(certificateDetector({ phase })),
    start(weakCertificateDetector()),
    start(lossDetector()),
  ];
  const detection = createDetection({ inspections, rules, book });
  return {
    detection: {
      ...detection,
      observe: (event) => detection.observe(withTypedValues(event, plant.registers)),
    },
    book,
  };
}
