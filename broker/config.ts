/**
 * The broker's configuration file: YAML in, `BrokerConfig` or every fault out.
 *
 * Unknown keys are refused, so that a misspelt safeguard is never silently absent.
 */
import { isAbsolute, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { MAX_PACKAGE_BYTES } from '#sbom/package/firmware-package.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose; for tests. */
  readonly port: number;
}

interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecretFile: string;
  /** What the button on the sign-in page says: `Plant directory`. */
  readonly name: string;
}

export interface BrokerConfig {
  /** Everything that the broker keeps; made at first start with rights for its own user only. */
  readonly data: string;
  /** The plant policy in force; watched for changes. */
  readonly policy: string;
  /**
   * What an edit of the policy file does while another policy is in force. `two-people`: it waits until two people
   * agree to it. `file`: it comes into force, because whoever may write the file was watched elsewhere.
   */
  readonly policyChange: 'two-people' | 'file';
  /** Detection rules that sensors pull. */
  readonly rules: string;
  readonly listen: {
    /** TLS: console, portal, API. */
    readonly web: ListenAddress;
    /** Plain HTTP on a loopback address; spares the newcomer a certificate warning. */
    readonly loopback?: ListenAddress;
    readonly gate: ListenAddress;
    readonly sensors: ListenAddress;
  };
  /** How people and `lockkeeper connect` reach `web`: `https://broker.plant.example:8443`. Derived where absent. */
  readonly publicUrl?: string;
  readonly signIn: {
    readonly oidc?: OidcConfig;
    /** One click as an example person. Only where every browser-facing listener is on loopback. */
    readonly demo: boolean;
  };
  /** Absent: no firmware package is taken. */
  readonly firmware?: {
    /** Whom to believe, as `lockkeeper firmware verify --trust` reads it. */
    readonly trust: string;
    /** Largest package that is taken, in bytes. */
    readonly maxBytes: number;
  };
  /** Second place for the audit log's checkpoints. */
  readonly checkpointCopy?: string;
  readonly gate: {
    /** Address from which the gate connects to assets; one of the policy's `gates`. */
    readonly address: string;
  };
}

interface ConfigFault {
  /** `listen.web.port`; empty = the file as a whole. */
  readonly path: string;
  readonly message: string;
}

export type ConfigOutcome =
  | { readonly kind: 'config'; readonly config: BrokerConfig }
  | { readonly kind: 'faults'; readonly faults: readonly ConfigFault[] };

/** A configuration is written by hand; more than this is some other file. */
const MAX_CONFIG_BYTES = 64 * 1024;

const address = z.strictObject({
  host: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().min(0).max(65_535),
});

const path = z.string().min(1);

const schema = z.strictObject({
  data: path,
  policy: path,
  policy_change: z.enum(['two-people', 'file']).optional(),
  rules: path,
  listen: z.strictObject({
    web: address,
    loopback: address.optional(),
    gate: address,
    sensors: address,
  }),
  public_url: z.url({ protocol: /^https$/ }).optional(),
  sign_in: z.strictObject({
    oidc: z
      .strictObject({
        issuer: z.url({ protocol: /^https?$/ }),
        client_id: z.string().min(1),
        client_secret_file: path,
        name: z.string().min(1).max(60),
      })
      .optional(),
    demo: z.boolean().optional(),
  }),
  firmware: z
    .strictObject({
      trust: path,
      max_bytes: z.int().min(1).max(MAX_PACKAGE_BYTES).optional(),
    })
    .optional(),
  checkpoint_copy: path.optional(),
  gate: z.strictObject({ address: z.union([z.ipv4(), z.ipv6()]) }),
});

type Written = z.infer<typeof schema>;

/** Whether only this machine can reach `host`: 127.0.0.0/8 or ::1. A name never counts. */
export function isLoopback(host: string): boolean {
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) || host === '::1';
}

/** Whether `host` means every address of the machine. */
const isAnyAddress = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** What a schema cannot say: rules between fields. */
function crossChecks(written: Written): ConfigFault[] {
  const { listen, sign_in: signIn } = written;
  const faults: ConfigFault[] = [];
  if (listen.loopback !== undefined && !isLoopback(listen.loopback.host)) {
    faults.push({
      path: 'listen.loopback.host',
      message: `\`${listen.loopback.host}\` is not a loopback address, and this listener speaks plain HTTP; use 127.0.0.1, or remove it and use \`listen.web\``,
    });
  }
  if (signIn.demo === true && !isLoopback(listen.web.host)) {
    faults.push({
      path: 'sign_in.demo',
      message: `lets anybody in as an example person, so \`listen.web.host\` must be a loopback address and is \`${listen.web.host}\`; bind it to 127.0.0.1 or remove \`demo\``,
    });
  }
  if (signIn.demo !== true && signIn.oidc === undefined) {
    faults.push({ path: 'sign_in', message: 'nobody could sign in; configure `oidc`' });
  }
  if (isAnyAddress(listen.web.host) && written.public_url === undefined) {
    faults.push({
      path: 'public_url',
      message: `is needed because \`listen.web.host\` is \`${listen.web.host}\`; write the address that people type, such as https://broker.plant.example:8443`,
    });
  }
  return faults;
}

function resolved(written: Written, folder: string): BrokerConfig {
  const at = (file: string): string => (isAbsolute(file) ? file : resolve(folder, file));
  const { listen, sign_in: signIn } = written;
  return {
    data: at(written.data),
    policy: at(written.policy),
    policyChange: written.policy_change ?? 'two-people',
    rules: at(written.rules),
    listen: {
      web: listen.web,
      ...(listen.loopback !== undefined && { loopback: listen.loopback }),
      gate: listen.gate,
      sensors: listen.sensors,
    },
    ...(written.public_url !== undefined && { publicUrl: written.public_url }),
    signIn: {
      ...(signIn.oidc !== undefined && {
        oidc: {
          issuer: signIn.oidc.issuer,
          clientId: signIn.oidc.client_id,
          clientSecretFile: at(signIn.oidc.client_secret_file),
          name: signIn.oidc.name,
        },
      }),
      demo: signIn.demo === true,
    },
    ...(written.firmware !== undefined && {
      firmware: {
        trust: at(written.firmware.trust),
        maxBytes: written.firmware.max_bytes ?? MAX_PACKAGE_BYTES,
      },
    }),
    ...(written.checkpoint_copy !== undefined && { checkpointCopy: at(written.checkpoint_copy) }),
    gate: written.gate,
  };
}

/**
 * Reads the text of a configuration file. Relative paths are taken from `folder`, the file's own.
 * All faults are reported together.
 */
export function parseConfig(text: string, folder: string): ConfigOutcome {
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) {
    const message = `is larger than ${MAX_CONFIG_BYTES} bytes; this is not a broker configuration`;
    return { kind: 'faults', faults: [{ path: '', message }] };
  }
  const document = parseDocument(text, { uniqueKeys: true, strict: true });
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ message }) => ({
      path: '',
      message: message.split('\n')[0] ?? message,
    }));
    return { kind: 'faults', faults };
  }
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 0 });
  } catch {
    const message = 'uses YAML aliases; write the values out';
    return { kind: 'faults', faults: [{ path: '', message }] };
  }
  const outcome = schema.safeParse(plain);
  if (!outcome.success) {
    const faults = outcome.error.issues.map((issue) => ({
      path: issue.path.join('.'),
      message: issue.message.charAt(0).toLowerCase() + issue.message.slice(1),
    }));
    return { kind: 'faults', faults };
  }
  const faults = crossChecks(outcome.data);
  return faults.length > 0
    ? { kind: 'faults', faults }
    : { kind: 'config', config: resolved(outcome.data, folder) };
}
