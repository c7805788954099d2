/** What an asset is by its own words and by the wire, and what the policy says of it. */
import { Alert, DescriptionList } from '@patternfly/react-core';
import type { AssetView } from '../../api/views-assets.ts';
import { Described } from '../../ui/described.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { protocolName, protocolNames } from '../../ui/protocols.ts';
import { roleName } from './device-roles.ts';
import { Builds, Units } from './devices.tsx';

const orUnknown = (text: string): string => (text === '' ? 'not known' : text);

const SOURCES: Readonly<Record<AssetView['names'][number]['source'], string>> = {
  dhcp: 'DHCP',
  dns: 'DNS',
  mdns: 'mDNS',
  llmnr: 'LLMNR',
  netbios: 'NetBIOS',
  lldp: 'LLDP',
  'profinet-dcp': 'PROFINET DCP',
};

function Names(props: { readonly names: AssetView['names'] }) {
  return (
    <ul className="lk-list">
      {props.names.map(({ source, name }) => (
        <li key={`${source} ${name}`}>
          {name} <span className="lk-dim">(by {SOURCES[source]})</span>
        </li>
      ))}
    </ul>
  );
}

/** Ports with what answers there; those that only decoded exchanges told come after them. */
function Services(props: { readonly asset: AssetView }) {
  const { services, ports } = props.asset;
  const others = ports.filter((port) => !services.some((service) => service.port === port));
  return (
    <ul className="lk-list">
      {services.map(({ transport, port, protocol, by, detail }) => (
        <li key={`${transport} ${port}`}>
          {transport} {port}: {protocol === undefined ? 'not recognised' : protocolName(protocol)}
          {detail !== undefined && `, ${detail}`}
          {by === 'port' && <span className="lk-dim"> (by its port)</span>}
        </li>
      ))}
      {others.length > 0 && <li>{others.join(', ')}</li>}
    </ul>
  );
}

/** As the wire shows it. */
export function Identity(props: { readonly asset: AssetView }) {
  const { asset } = props;
  const isServer = asset.roles.includes('server');
  return (
    <DescriptionList isHorizontal isCompact className="lk-facts">
      <Described term="Address">
        <span className="lk-mono">{asset.address}</span>
      </Described>
      <Described term="Hardware address">
        {asset.macs.length === 0 ? (
          'not known'
        ) : (
          <span className="lk-mono">{asset.macs.join(', ')}</span>
        )}
        {asset.vendors.length > 0 && `, made by ${asset.vendors.join(', ')}`}
      </Described>
      {asset.names.length > 0 && (
        <Described term="Names">
          <Names names={asset.names} />
        </Described>
      )}
      {asset.reasons.length > 0 && (
        <Described term="By what it does">
          <ul className="lk-list">
            {asset.reasons.map(({ role, because }) => (
              <li key={role}>
                {roleName(role)}: <span className="lk-dim">{because}</span>
              </li>
            ))}
          </ul>
        </Described>
      )}
      <Described term="Role">{orUnknown(asset.roles.join(' and '))}</Described>
      <Described term="Protocols">{orUnknown(protocolNames(asset.protocols))}</Described>
      {isServer && (
        <Described term="Serves at port">
          {asset.services.length === 0 ? (
            orUnknown(asset.ports.join(', '))
          ) : (
            <Services asset={asset} />
          )}
        </Described>
      )}
      {asset.details.map(({ source, about, text }) => (
        <Described key={`${source} ${about}`} term={`Its ${about}`}>
          {text} <span className="lk-dim">(by {SOURCES[source]})</span>
        </Described>
      ))}
      {asset.applications.length > 0 && (
        <Described term="Applications">
          <span className="lk-mono">{asset.applications.join(', ')}</span>
        </Described>
      )}
      {asset.builds.length > 0 && (
        <Described term="OPC UA servers">
          <Builds builds={asset.builds} />
        </Described>
      )}
      {isServer && asset.protocols.includes('modbus') && (
        <Described term="Devices">
          <Units units={asset.units} />
        </Described>
      )}
      <Described term="First seen">
        {asset.firstSeen === undefined ? 'never' : <SiteTime at={asset.firstSeen} />}
      </Described>
      <Described term="Last seen">
        {asset.lastSeen === undefined ? 'never' : <SiteTime at={asset.lastSeen} />}
      </Described>
      <Described term="Heard by">{heardBy(asset)}</Described>
    </DescriptionList>
  );
}

function heardBy({ sightings, covered }: AssetView): string {
  if (sightings.length > 0) return sightings.map(({ sensor }) => sensor).join(', ');
  return covered ? 'no sensor, though one is said to hear it' : 'no sensor is said to hear it';
}

function ZoneFacts(props: { readonly asset: AssetView }) {
  const { zone, place } = props.asset;
  if (zone === undefined || place === undefined) {
    return (
      <Described term="Zone">
        none: the policy knows no zone for this address, so nothing may pass to or from it
      </Described>
    );
  }
  const { safety, securityLevel, owner, within, line } = place;
  return (
    <>
      <Described term="Zone">
        {zone.name}{' '}
        <span className="lk-dim">
          ({zone.id}, line {line})
        </span>
        {within.length > 0 && `, within ${within.join(', ')}`}
      </Described>
      <Described term="Purdue level">{zone.purdue}</Described>
      <Described term="Security level">{securityLevel} (target, IEC 62443)</Described>
      {safety && (
        <Described term="Safety zone">
          yes: only what the zone itself lists may pass into it, and never a write
        </Described>
      )}
      <Described term="Owner">{owner ?? 'the policy names none'}</Described>
    </>
  );
}

/** As the policy in force says. */
export function Standing(props: { readonly asset: AssetView }) {
  const { asset } = props;
  const { named } = asset;
  return (
    <>
      {named === undefined && !asset.isGate && (
        <Alert
          isInline
          component="p"
          variant="warning"
          className="lk-before"
          title="The plant policy does not name this address."
        >
          If it belongs here, name it in the policy; if not, find out who it is.
        </Alert>
      )}
      <DescriptionList isHorizontal isCompact className="lk-facts">
        {named !== undefined && asset.asset !== undefined && (
          <>
            <Described term="Name">
              {asset.asset.name}{' '}
              <span className="lk-dim">
                ({asset.asset.id}, line {named.line})
              </span>
            </Described>
            <Described term="Criticality">{asset.criticality ?? 'not said'}</Described>
            <Described term="Serves">
              {named.endpoints.length === 0 ? 'nothing' : named.endpoints.join('; ')}
            </Described>
            {named.tags.length > 0 && <Described term="Tags">{named.tags.join(', ')}</Described>}
          </>
        )}
        {asset.isGate && (
          <Described term="Gate">Lockkeeper&apos;s own gate speaks from this address</Described>
        )}
        <ZoneFacts asset={asset} />
      </DescriptionList>
    </>
  );
}
