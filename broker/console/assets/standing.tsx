/** What the policy says of an address, as a word with an icon: never by colour alone. */
import { Label } from '@patternfly/react-core';
import { ExclamationTriangleIcon, InfoCircleIcon } from '@patternfly/react-icons';
import type { PlaceView } from '../../api/views-assets.ts';

/** Of an address that the policy does not name as an asset. */
export function Unnamed(props: { readonly place: PlaceView }) {
  return props.place.isGate ? (
    <Label isCompact status="info" icon={<InfoCircleIcon />}>
      the gate
    </Label>
  ) : (
    <Label isCompact status="warning" icon={<ExclamationTriangleIcon />}>
      not in the policy
    </Label>
  );
}

/** The zone in which an address lies, with its Purdue level. */
export function Zone(props: { readonly place: PlaceView }) {
  const { zone } = props.place;
  if (zone === undefined) return <span className="lk-dim lk-nowrap">in no zone</span>;
  return (
    <>
      <div className="lk-nowrap">{zone.name}</div>
      <div className="lk-dim lk-nowrap">level {zone.purdue}</div>
    </>
  );
}
