import { useNavigate } from '@tanstack/react-router';
import { Search } from '../../ui/search.tsx';
import { type AuditFilter, auditFilter } from './filter.ts';

/** Whole names, because the log is asked by its indexes; a name in the table is one press away. */
export function FilterBar(props: { readonly filter: AuditFilter }) {
  const { filter } = props;
  const navigate = useNavigate();
  const show = (part: AuditFilter): void =>
    void navigate({ to: '/audit', search: auditFilter({ ...filter, ...part }) });
  return (
    <search className="lk-filter">
      <Search
        key={`action ${filter.action ?? ''}`}
        label="what was done, by its whole name"
        placeholder="did, such as end-session"
        text={filter.action ?? ''}
        onSearch={(action) => show({ action })}
      />
      <Search
        key={`actor ${filter.actor ?? ''}`}
        label="who did it, by their whole id"
        placeholder="who, such as a person's id"
        text={filter.actor ?? ''}
        onSearch={(actor) => show({ actor })}
      />
    </search>
  );
}
