/** `lockkeeper firmware verify PACKAGE --trust DIR [--json]`: is this package what it says it is? Offline. */
import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { optionFault, refusalOf } from '#sensor/model/complaint.ts';
import { micros } from '#sensor/model/time.ts';
import type { Admission } from './admission.ts';
import { openSbomValidator } from './cyclonedx/validator.ts';
import { type Opened, openFolder } from './package/folder.ts';
import { openTar } from './package/tar.ts';
import { asJson, sentences } from './report.ts';
import { SbomError } from './sbom-error.ts';
import { loadTrust, type Trust } from './trust.ts';
import { verifyPackage } from './verify.ts';

const USAGE = `usage: lockkeeper firmware verify PACKAGE --trust DIR [--json]

Verifies a vendor's firmware package, a folder or a tar: manifest.json, its signature
(manifest.json.p7s or manifest.json.jws), the files that it lists, and its CycloneDX SBOM.

  --trust DIR   whom to believe: DIR/VENDOR/anchors/*.pem, keys/KID.pem, crls/*, floors.json
  --json        one object in place of sentences

Exit code 0: allow. 1: deny, or hold until a person has looked. 2: usage, or input that cannot be read.
3: the verifier itself failed; that says nothing about the package.
`;

const [ALLOW, NOT_ALLOWED, UNREADABLE, FAULT] = [0, 1, 2, 3];

interface Asked {
  readonly path: string;
  readonly trust: string;
  readonly json: boolean;
}

export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return ALLOW;
  }
  const asked = readArgs(args);
  if (typeof asked === 'string') return complain(`${asked}\n\n${USAGE.trimEnd()}`);
  try {
    return await verify(asked, loadTrust(asked.trust));
  } catch (error) {
    if (!(error instanceof SbomError && error.code === 'trust')) throw error;
    return complain(error.message);
  }
}

function complain(text: string): number {
  process.stderr.write(`lockkeeper firmware: ${text}\n`);
  return UNREADABLE;
}

function readArgs(args: readonly string[]): Asked | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { trust: { type: 'string' }, json: { type: 'boolean' } },
    });
    const [verb, path, ...rest] = positionals;
    if (verb !== 'verify') return verb === undefined ? 'say `verify`' : `no command \`${verb}\``;
    if (path === undefined || rest.length > 0) return 'name one package';
    if (values.trust === undefined) return 'name the folder of those to believe with --trust';
    return { path, trust: values.trust, json: values.json === true };
  } catch (error) {
    return optionFault(error);
  }
}

async function verify({ path, json }: Asked, trust: Trust): Promise<number> {
  const opened = await open(path);
  if ('unreadable' in opened) return complain(opened.unreadable);
  const sboms = openSbomValidator();
  try {
    const now = micros(Date.now() * 1000);
    const admission = await verifyPackage(opened, { trust, sboms, now });
    process.stdout.write(json ? asJson(admission) : sentences(admission));
    return exitCode(admission);
  } finally {
    await sboms.close();
    if (opened.kind === 'package') await opened.package.close();
  }
}

async function open(path: string): Promise<Opened | { readonly unreadable: string }> {
  try {
    const isFolder = (await stat(path)).isDirectory();
    const opened = isFolder ? await openFolder(path) : await openTar(path);
    if (opened.kind === 'refused' && opened.reason.code === 'package-unreadable') {
      return { unreadable: `\`${path}\` is neither a folder nor a tar` };
    }
    return opened;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    return { unreadable: `\`${path}\` cannot be read: ${refusalOf(error)}` };
  }
}

function exitCode({ verdict }: Admission): number {
  switch (verdict) {
    case 'allow':
      return ALLOW;
    case 'hold':
    case 'deny':
      return NOT_ALLOWED;
    case 'fault':
      return FAULT;
    default:
      return verdict satisfies never;
  }
}
