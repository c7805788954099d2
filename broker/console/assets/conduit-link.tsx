import { Link } from '@tanstack/react-router';
import { useMay } from '../../ui/me.tsx';

/** The name of a conduit; a link for who may read the policy. */
export function ConduitLink(props: { readonly id: string }) {
  const may = useMay();
  if (!may('read-policy')) return props.id;
  return (
    <Link to="/policy" hash={`conduit-${props.id}`}>
      {props.id}
    </Link>
  );
}
