import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { act, recordQuery } from '@/api/records.ts';
import { toast } from '@/kit/feedback/toast.tsx';
import { RecordPicker } from '@/kit/form/fields.tsx';
import { FormDialog } from '@/kit/form/form-dialog.tsx';
import { PlainForm } from '@/kit/form/plain-form.tsx';
import { t } from '@/text/t.ts';

interface MoveDeviceProps {
  id: string;
  onClose: () => void;
}

/** Moves a device to another customer of its provider; the pools of both follow (DEV-02). */
export function MoveDevice({ id, onClose }: MoveDeviceProps) {
  const device = useQuery(recordQuery('devices', id)).data;
  const [customer, setCustomer] = useState<string | null>(null);
  const [tenant, setTenant] = useState<string | null>(null);
  const [site, setSite] = useState<string | null>(null);
  if (!device) return null;
  const name = device.identifier;
  return (
    <FormDialog help="licences" title={t('devices.move_title', { name })} onClose={onClose}>
      <PlainForm
        verb={t('devices.move_verb')}
        onCancel={onClose}
        missing={customer ? undefined : t('devices.no_customer')}
        onSubmit={async () => {
          const body = { customer_id: customer, tenant_id: tenant, site_id: site };
          await act('devices', id, 'move', body);
          toast(t('devices.moved', { name }));
          onClose();
        }}
      >
        <p className="dim">{t('devices.move_lead')}</p>
        <RecordPicker
          list="customers"
          filter={{ provider_id: device.provider_id }}
          label={t('audit.customer')}
          withAsterisk
          value={customer}
          onChange={(next) => {
            setCustomer(next);
            setTenant(null);
            setSite(null);
          }}
        />
        {customer && (
          <>
            <RecordPicker
              list="tenants"
              filter={{ customer_id: customer }}
              label={t('field.tenant_id')}
              placeholder={t('devices.default_tenant')}
              value={tenant}
              onChange={setTenant}
            />
            <RecordPicker
              list="sites"
              filter={{ customer_id: customer, tenant_id: tenant ?? undefined }}
              label={t('devices.site')}
              value={site}
              onChange={setSite}
            />
          </>
        )}
      </PlainForm>
    </FormDialog>
  );
}
