import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useScopeDefaults } from './scope-defaults.ts';
import { TextField } from '@/kit/form/fields.tsx';
import { FormDialog } from '@/kit/form/form-dialog.tsx';
import { FormShell } from '@/kit/form/form-shell.tsx';
import { useRecordForm } from '@/kit/form/use-record-form.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { t } from '@/text/t.ts';
import { Similar } from './similar.tsx';

/** A small window, name only (CUS-01); the rest can follow. */
export function QuickAdd({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const form = useRecordForm({
    list: 'customers',
    initial: useScopeDefaults(),
    onSaved: (row) => {
      toast(t('toast.created', { name: String(row.name) }));
      void navigate({ to: '/customers/$id/{-$tab}', params: { id: row.id }, search: {} });
    },
  });
  return (
    <FormDialog help="customers" title={t('customers.add')} onClose={onClose}>
      <FormShell
        form={form}
        verb={t('customers.add')}
        onCancel={onClose}
        extra={
          <Button
            variant="subtle"
            onClick={() =>
              void navigate({
                to: '/customers/new',
                search: { name: String(form.form.values.name ?? '') },
                ignoreBlocker: true,
              })
            }
          >
            {t('customers.full_form')}
          </Button>
        }
      >
        <TextField name="name" first description={t('customers.quick_hint')} />
        <Similar />
      </FormShell>
    </FormDialog>
  );
}
