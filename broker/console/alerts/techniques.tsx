import type { AlertView } from '../../api/views.ts';

/** Techniques with the id they had before ATT&CK v19, by which many people still know them. */
export function Techniques(props: { readonly alert: AlertView['document'] }) {
  const { threat, lockkeeper } = props.alert;
  if (threat === undefined) return <>none</>;
  return (
    <ul className="lk-list">
      {threat.technique.map((technique) => (
        <li key={technique.id}>
          {technique.id} {technique.name}
          {technique.legacy_id === undefined ? '' : ` (formerly ${technique.legacy_id})`}
        </li>
      ))}
      <li>
        {threat.tactic.map((tactic) => tactic.name).join(', ')}{' '}
        <span className="lk-dim">(ATT&CK {lockkeeper.attack_version})</span>
      </li>
    </ul>
  );
}
