import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { read } from '@/api/client.ts';
import { act } from '@/api/records.ts';
import { UnstyledButton } from '@mantine/core';
import { useFormValues } from '@/kit/form/context.ts';
import { attempt } from '@/kit/record/lifecycle.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { ArchivedBadge } from '@/kit/status.tsx';
import { t, tMaybe } from '@/text/t.ts';
import classes from './similar.module.css';

/** Likely duplicates of what is being typed (CUS-06): open one, or go on. */
export function Similar({ except }: { except?: string }) {
  const { values } = useFormValues();
  const domain = (values.domains as string[] | null)?.[0] ?? '';
  const [asked] = useDebouncedValue(
    {
      name: String(values.name ?? '').trim(),
      domain,
      external_id: String(values.external_id ?? ''),
    },
    300,
  );
  const { data } = useQuery({
    queryKey: ['customers', 'similar', asked, except],
    queryFn: ({ signal }) => read('/customers/similar', { query: { ...asked, except }, signal }),
    enabled: asked.name.length > 2 || asked.domain !== '' || asked.external_id !== '',
  });
  if (!data?.length) return null;
  return (
    <div className={classes.root} role="status">
      <strong>{t('similar.title', { count: data.length })}</strong>
      <ul>
        {data.slice(0, 5).map(({ id, name, customer_id, reason, archived }) => (
          <li key={id}>
            <Link {...recordLink('customers', id)!} target="_blank">
              {name}
            </Link>
            <span className="mono">{customer_id}</span>
            <span>{tMaybe(`similar.${reason}`, reason)}</span>
            {archived && (
              <>
                <ArchivedBadge />
                <UnstyledButton
                  className={classes.action}
                  onClick={() => attempt(() => act('customers', id, 'unarchive'))}
                >
                  {t('record.unarchive')}
                </UnstyledButton>
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
