import { useQuery } from '@tanstack/react-query';
import { recordQuery } from '@/api/records.ts';
import { useDialog } from '@/kit/dialog.ts';
import { useFormValues, type Values } from '@/kit/form/context.ts';
import { RecordField, TextField } from '@/kit/form/fields.tsx';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import { RecordDialog } from '@/kit/record/record-dialog.tsx';
import { t } from '@/text/t.ts';
import { useOnlyProduct } from '../licences/blocks.ts';
import { MoveDevice } from './move-device.tsx';

/** The devices' dialogs, on whatever page they are opened. */
export function DeviceDialogs({ initial }: { initial?: Values }) {
  const { dialog, record, close } = useDialog();
  if (dialog === 'device.move' && record) return <MoveDevice id={record} onClose={close} />;
  if (dialog === 'device.edit' && record) return <EditDevice id={record} />;
  return dialog === 'device.add' ? <AddDevice initial={initial} /> : null;
}

function AddDevice({ initial }: { initial?: Values }) {
  const product = useOnlyProduct();
  if (product === undefined) return null;
  const customer = initial?.customer_id ? String(initial.customer_id) : undefined;
  return (
    <DeviceForm
      initial={{ product_id: product, ...initial }}
      fields={() => <DeviceFields isNew customer={customer} />}
    />
  );
}

/** What is written of a device does not tell whose it is: the places to choose from need that. */
function EditDevice({ id }: { id: string }) {
  const customer = useQuery(recordQuery('devices', id)).data?.customer_id;
  return <DeviceForm fields={() => <DeviceFields isNew={false} customer={customer} />} />;
}

interface DeviceFormProps {
  initial?: Values;
  fields: () => React.ReactNode;
}

const DeviceForm = ({ initial, fields }: DeviceFormProps) => (
  <RecordDialog
    name="device"
    help="licences"
    list="devices"
    addTitle={t('devices.add')}
    editTitle={t('devices.edit')}
    initial={initial}
    nameOf={(row) => String(row.identifier)}
    fields={fields}
  />
);

interface DeviceFieldsProps {
  isNew: boolean;
  /** Whose it is, where that is no question. */
  customer: string | undefined;
}

function DeviceFields({ isNew, customer: given }: DeviceFieldsProps) {
  const { values } = useFormValues();
  const customer = given ?? (values.customer_id ? String(values.customer_id) : undefined);
  const tenant = values.tenant_id ? String(values.tenant_id) : undefined;
  return (
    <>
      <TextField name="identifier" mono first />
      <TextField name="name" />
      {isNew && !given && (
        <RecordField name="customer_id" label={t('audit.customer')} list="customers" />
      )}
      {isNew && <RecordField name="product_id" list="products" filter={{ status: 'complete' }} />}
      {customer && (
        <>
          <RecordField
            name="tenant_id"
            list="tenants"
            filter={{ customer_id: customer }}
            placeholder={t('devices.default_tenant')}
          />
          <RecordField
            name="site_id"
            label={t('devices.site')}
            list="sites"
            filter={{ customer_id: customer, tenant_id: tenant }}
          />
          <RecordField
            name="group_id"
            list="device_groups"
            filter={{ customer_id: customer }}
            placeholder={t('devices.default_group')}
          />
          <RecordField name="user_id" list="users" filter={{ customer_id: customer }} />
          <RecordField name="contact_id" list="contacts" />
        </>
      )}
      <FieldRow>
        <TextField name="kind" />
        <TextField name="client_version" />
      </FieldRow>
    </>
  );
}
