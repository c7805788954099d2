/** What the devices and servers at an address say of themselves. What was never said is left out. */
import type { AssetView } from '../../api/views-assets.ts';

/** `2026-12-01` */
const DATE_LENGTH = 10;

/** The units of a Modbus server. */
export function Units(props: { readonly units: AssetView['units'] }) {
  const { units } = props;
  if (units.length === 0) return 'none heard';
  return (
    <ul className="lk-list">
      {units.map((unit) => (
        <li key={unit.id}>
          unit {unit.id}:{' '}
          {unitInWords(unit) || <span className="lk-dim">it never said what it is</span>}
        </li>
      ))}
    </ul>
  );
}

function unitInWords(unit: AssetView['units'][number]): string {
  const { vendor, product, revision, name, model, application, url, serverId } = unit;
  return listed([
    vendor,
    product,
    labelled('revision', revision),
    name,
    labelled('model', model),
    labelled('application', application),
    labelled('server id', serverId),
    url,
  ]);
}

/** The software of servers of OPC UA. */
export function Builds(props: { readonly builds: AssetView['builds'] }) {
  return (
    <ul className="lk-list">
      {props.builds.map((build) => (
        <li key={build.port ?? 'calls'}>
          {build.port === undefined ? 'it calls its clients' : `port ${build.port}`}:{' '}
          {buildInWords(build)}
        </li>
      ))}
    </ul>
  );
}

function buildInWords(build: AssetView['builds'][number]): string {
  const { manufacturerName, productName, softwareVersion, buildNumber } = build;
  return listed([
    manufacturerName,
    productName,
    labelled('version', softwareVersion),
    labelled('build', buildNumber),
    labelled('of', build.buildDate?.slice(0, DATE_LENGTH)),
    build.productUri,
  ]);
}

const labelled = (label: string, said: string | undefined): string | undefined =>
  said === undefined || said === '' ? undefined : `${label} ${said}`;

const listed = (parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(', ');
