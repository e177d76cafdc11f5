import { useDialog } from '@/kit/dialog.ts';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Instant } from '@/kit/value.tsx';
import { fieldLabel } from '@/kit/form/context.ts';
import { t, tMaybe } from '@/text/t.ts';
import { EventDrawer } from './event-drawer.tsx';
import { actionLabel, ObjectLink } from './event-line.tsx';

interface AuditGridProps {
  fixed?: Record<string, string>;
  hide?: string[];
}

/** The history of one record, of a customer with all below it, or of everything (AUD-02). */
export function AuditGrid({ fixed, hide }: AuditGridProps) {
  const dialog = useDialog();
  return (
    <>
      <DataGrid
        list="audit_events"
        label={t('audit.events')}
        sort="-at"
        fixed={fixed}
        hide={hide}
        nameColumn="at"
        open={({ id }) => dialog.open('audit.view', id)}
        cells={{
          at: ({ at }) => <Instant iso={at} />,
          action: ({ action }) => actionLabel(action),
          object_name: (event) => <ObjectLink event={event} />,
          object_type: ({ object_type }) => tMaybe(`type.${object_type}`, object_type),
          field: ({ changes }) => changes.map(({ field }) => fieldLabel(field)).join(', '),
        }}
        empty={{ title: t('audit.empty'), lead: t('audit.empty_lead') }}
      />
      {dialog.dialog === 'audit.view' && dialog.record && (
        <EventDrawer id={dialog.record} onClose={dialog.close} />
      )}
    </>
  );
}
