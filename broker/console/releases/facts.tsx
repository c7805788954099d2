/** What is known of a package, and of a denied one what it says. All of it is text from outside, and never more than text. */
import { DescriptionList } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ReleaseView } from '../../api/views-releases.ts';
import { Described } from '../../ui/described.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { Words } from '../../ui/words.tsx';
import { inBytes } from './bytes.ts';

function Hash(props: { readonly sha256: string }) {
  return <span className="lk-mono">{props.sha256}</span>;
}

export function Manifest(props: { readonly release: ReleaseView }) {
  const { vendor, product, version, manifest, manifestSha256 } = props.release;
  if (manifest === undefined) return <p>It has no manifest that can be read.</p>;
  const { releaseCounter, hardwareIds, notBefore, expires } = manifest;
  return (
    <DescriptionList isHorizontal isCompact className="lk-facts">
      <Described term="Vendor">{vendor}</Described>
      <Described term="Product">{product}</Described>
      <Described term="Version">{version}</Described>
      <Described term="Release counter">{releaseCounter}</Described>
      <Described term="For hardware">
        <span className="lk-mono">{hardwareIds.join(', ')}</span>
      </Described>
      {notBefore !== undefined && (
        <Described term="Valid from">
          <SiteTime at={notBefore} />
        </Described>
      )}
      {expires !== undefined && (
        <Described term="Valid until">
          <SiteTime at={expires} />
        </Described>
      )}
      {manifestSha256 !== undefined && (
        <Described term="SHA-256 of the manifest">
          <Hash sha256={manifestSha256} />
        </Described>
      )}
    </DescriptionList>
  );
}

export function Signer(props: { readonly signer: ReleaseView['signer'] }) {
  const { signer } = props;
  if (signer === undefined) {
    return <p>A signature makes nothing of a denied package true, so none is shown.</p>;
  }
  if (signer.kind === 'key') {
    return (
      <DescriptionList isHorizontal isCompact className="lk-facts">
        <Described term="Key">
          <span className="lk-mono">{signer.keyId}</span>
        </Described>
        <Described term="Signature">JWS, by a key in the trust folder</Described>
      </DescriptionList>
    );
  }
  return (
    <DescriptionList isHorizontal isCompact className="lk-facts">
      <Described term="Name">
        <Words text={signer.name} />
      </Described>
      <Described term="Signature">{signer.format.toUpperCase()}, by a certificate</Described>
      <Described term="Certificate">
        <Hash sha256={signer.certificateSha256} />
      </Described>
      <Described term="Anchor">
        <Hash sha256={signer.anchorSha256} />
      </Described>
    </DescriptionList>
  );
}

const BOUND_BY = {
  'root-hash': 'the hash of its root component, which is a file of the package',
  manifest: 'the manifest alone, which names its hash',
} as const;

export function Sbom(props: { readonly release: ReleaseView }) {
  const { sbom, manifest } = props.release;
  if (sbom === undefined) {
    return manifest?.sbom === undefined ? (
      <p>None is named.</p>
    ) : (
      <p>
        <span className="lk-mono">{manifest.sbom}</span> is named. Nothing of it is known.
      </p>
    );
  }
  return (
    <DescriptionList isHorizontal isCompact className="lk-facts">
      <Described term="File">
        <span className="lk-mono">{sbom.name}</span>
      </Described>
      <Described term="Specification">CycloneDX {sbom.specVersion}</Described>
      <Described term="Components">{sbom.components.toLocaleString('en')}</Described>
      <Described term="Bound by">{BOUND_BY[sbom.boundBy]}</Described>
    </DescriptionList>
  );
}

const REMOVED = 'no longer: it was removed from quarantine';
const NOT_KEPT = { allow: REMOVED, hold: REMOVED, deny: 'no: it is denied' } as const;

export function Arrival(props: { readonly release: ReleaseView }) {
  const { fileName, size, sha256, receivedAt, uploadedBy, verdict, kept } = props.release;
  return (
    <DescriptionList isHorizontal isCompact className="lk-facts">
      <Described term="Received">
        <SiteTime at={receivedAt} /> from {uploadedBy}
      </Described>
      <Described term="File">
        <span className="lk-mono">{fileName}</span>
      </Described>
      <Described term="Size">
        {inBytes(size)}
        {sha256 === undefined && ' were read'}
      </Described>
      <Described term="SHA-256">
        {sha256 === undefined ? 'not known: it was not read to its end' : <Hash sha256={sha256} />}
      </Described>
      <Described term="Kept">{kept ? 'in quarantine' : NOT_KEPT[verdict]}</Described>
    </DescriptionList>
  );
}

export function Files(props: { readonly files: ReleaseView['files'] }) {
  const { files } = props;
  if (files.length === 0) return <p>None is known.</p>;
  return (
    <Table aria-label="files" variant="compact">
      <Thead>
        <Tr>
          <Th width={30}>Name</Th>
          <Th modifier="fitContent">Bytes</Th>
          <Th>SHA-256</Th>
        </Tr>
      </Thead>
      <Tbody>
        {files.map(({ name, size, sha256 }) => (
          <Tr key={name}>
            <Td dataLabel="Name" modifier="breakWord">
              <span className="lk-mono">{name}</span>
            </Td>
            <Td dataLabel="Bytes">
              <span className="lk-nowrap">{size.toLocaleString('en')}</span>
            </Td>
            <Td dataLabel="SHA-256" modifier="breakWord">
              <Hash sha256={sha256} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
