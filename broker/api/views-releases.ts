/** What the API answers about releases; see `views.ts`. Names and texts come from outside: never markup, never a link. */
import type { ReasonCode } from '#sbom/reason.ts';
import type { PageView } from './views.ts';

/** `GET /api/releases` (`?verdict=deny&text=..&cursor=..`), newest first */
export interface ReleaseRowView {
  readonly id: string;
  readonly verdict: 'allow' | 'hold' | 'deny';
  readonly receivedAt: string;
  readonly uploadedBy: string;
  readonly fileName: string;
  /** As its manifest says; proven unless the verdict is `deny`. Absent where it could not be read. */
  readonly vendor?: string;
  readonly product?: string;
  readonly version?: string;
  /** Of the reasons, each once. */
  readonly codes: readonly ReasonCode[];
}

export interface ReleasePageView extends PageView<ReleaseRowView> {
  /** Bytes that a package may have; absent where this broker takes none. */
  readonly maxBytes?: number;
}

/** `GET /api/releases/:id`, and the answer to `POST /api/releases?name=..` with a tar as its body */
export interface ReleaseView extends ReleaseRowView {
  /** The verdict in words. */
  readonly sentence: string;
  /** Whether the package lies in quarantine; what was let in or held does until an admin removes it. */
  readonly kept: boolean;
  readonly size: number;
  readonly sha256?: string;
  readonly reasons: readonly {
    readonly code: ReasonCode;
    readonly effect: 'deny' | 'hold';
    readonly text: string;
  }[];
  readonly reasonsLeftOut: number;
  readonly notChecked: readonly string[];
  readonly manifest?: {
    readonly releaseCounter: number;
    readonly hardwareIds: readonly string[];
    readonly sbom?: string;
    readonly notBefore?: string;
    readonly expires?: string;
  };
  /** As found, if the verdict is not `deny`; else as the manifest says. */
  readonly files: readonly {
    readonly name: string;
    readonly size: number;
    readonly sha256: string;
  }[];
  /** This and what follows is proven, and absent where the verdict is `deny`. */
  readonly manifestSha256?: string;
  readonly signer?:
    | {
        readonly kind: 'certificate';
        readonly format: 'cms' | 'jws';
        readonly name: string;
        readonly certificateSha256: string;
        readonly anchorSha256: string;
      }
    | { readonly kind: 'key'; readonly format: 'jws'; readonly keyId: string };
  readonly sbom?: {
    readonly name: string;
    readonly specVersion: string;
    readonly components: number;
    readonly boundBy: 'root-hash' | 'manifest';
  };
}
