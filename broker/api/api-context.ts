/** Everything that the routes need, as plain parameters; `broker/main.ts` wires it. */
import type { KeyObject } from 'node:crypto';
import type { ActionContext } from '#broker/actions/context.ts';
import type { BrowserSessions } from '#broker/identity/browser-sessions.ts';
import type { ConnectTokens } from '#broker/identity/connect-token.ts';
import type { DeviceCodes } from '#broker/identity/device-codes.ts';
import type { Enrolments } from '#broker/identity/enrolment.ts';
import type { Oidc } from '#broker/identity/oidc.ts';
import type { SessionCertificate } from '#broker/identity/session-certificate.ts';
import type { Session } from '#broker/model/access.ts';
import type { GrantId, SessionId } from '#broker/model/ids.ts';
import type { StagedAside } from '#broker/model/staged-aside.ts';
import type { Plant } from '#policies/plant.ts';
import type { Clock, Micros } from '#sensor/model/time.ts';
import type { Evidence } from './evidence.ts';
import type { Limits } from './limits.ts';
import type { Live } from './live.ts';
import type { PolicyStanding } from './policy-standing.ts';
import type { NoteReading } from './readings.ts';
import type { ReleaseDoor } from './release-door.ts';
import type { StaticFiles } from './static-files.ts';
import type { RecordedOperationView, SessionView } from './views.ts';

export interface ApiContext {
  /** Store, policy, `may` and what else every action gets. */
  readonly actions: ActionContext;
  readonly clock: Clock;
  readonly sessions: BrowserSessions;
  readonly oidc?: { readonly name: string; readonly flow: Oidc };
  readonly demo: { readonly configured: boolean; readonly boundToLoopback: boolean };
  readonly devices: DeviceCodes;
  readonly tokens: ConnectTokens;
  readonly enrolments: Enrolments;
  /** Where a sensor finds the broker and by which key it knows it. */
  readonly sensorLink: () => { readonly url: string; readonly pin: string };
  readonly connect: ConnectFacts;
  /** Address from which the gate emits. */
  readonly gateAddress: string;
  readonly limits: Limits;
  readonly live: Live;
  readonly evidence: Evidence;
  readonly policy: PolicyStanding;
  /** Name of the policy's file, as reasons say it. */
  readonly policyFile: string;
  /** What the policy with this id, which waits, would have said of what vendors asked; undefined where nobody looked. */
  readonly stagedAside: (id: string) => StagedAside | undefined;
  /** Puts a policy into force that people agreed to. */
  readonly takePolicy: (now: { readonly plant: Plant; readonly text: string }) => Promise<void>;
  /** Absent where the configuration names no trust folder: then no package is taken. */
  readonly releases?: ReleaseDoor;
  /** Of an open session; undefined where the gate does not have it. */
  readonly liveCounts: (session: SessionId) => SessionView['counts'] | undefined;
  /** Recorded operations after a position, oldest first. */
  readonly recordedOperations: (
    session: SessionId,
    after: number,
    limit: number,
  ) => Promise<readonly RecordedOperationView[]>;
  readonly noteReading: NoteReading;
  /** What is wrong with the recording, to follow "the recording"; undefined where it fits its seal, or has none yet. */
  readonly recordingFault: (session: Session) => Promise<string | undefined>;
  /** Recorded operations before a position (absent = the end), the last first. */
  readonly newestOperations: (
    session: SessionId,
    ask: { readonly before?: number; readonly limit: number; readonly changes: boolean },
  ) => Promise<{ readonly operations: readonly RecordedOperationView[]; readonly next?: number }>;
  readonly files: { readonly console: StaticFiles; readonly portal: StaticFiles };
  /** Tells of a fault of ours. The text never holds a secret or what a client sent. */
  readonly fault: (what: string, error: unknown) => void;
}

/** What `lockkeeper connect` must be told. */
export interface ConnectFacts {
  /** The one line that the portal shows. */
  readonly line: (grant: GrantId) => string;
  /** The page on which a person confirms the short code. */
  readonly confirmPage: (userCode: string) => string;
  /** PEM of the authority that signed the gate's certificate. */
  readonly authority: string;
  readonly gate: () => { readonly host: string; readonly port: number };
  /** A certificate of the session authority for a client's key, valid until `until` at most. */
  readonly certify: (
    session: SessionId,
    publicKey: KeyObject,
    until: Micros,
  ) => Promise<SessionCertificate>;
}
