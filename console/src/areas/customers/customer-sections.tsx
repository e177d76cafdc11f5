import type { RecordOf } from '@/api/types.ts';
import {
  ChoiceField,
  EnumField,
  FlagField,
  ListField,
  RecordField,
  TextField,
} from '@/kit/form/fields.tsx';
import { FieldRow } from '@/kit/form/form-shell.tsx';
import type { Section } from '@/kit/form/sectioned-form.tsx';
import { t } from '@/text/t.ts';
import { AddressFields, BillingAddressFields } from './address-fields.tsx';
import { inForce, type SettingName } from '../tree/inherited.ts';
import { settingText } from '../tree/settings.tsx';
import { PlaceFields } from './place-fields.tsx';
import { ServicesField } from './services-field.tsx';
import { Similar } from './similar.tsx';

type Customer = RecordOf<'customers'>;

/** The full form (CUS-02), one entry for each section. */
export function customerSections(record: Customer | undefined): Section[] {
  return [
    {
      id: 'details',
      title: t('customers.section.details'),
      fields: [
        'name',
        'customer_id',
        'stage',
        'owner_id',
        'description',
        'provider_id',
        'reseller_id',
      ],
      content: (
        <>
          <TextField name="name" first={!record} />
          <Similar except={record?.id} />
          <FieldRow>
            <TextField name="customer_id" mono placeholder={t('customers.generated')} />
            <ChoiceField name="stage" />
          </FieldRow>
          {!record && <PlaceFields />}
          <RecordField name="owner_id" list="users" />
          <TextField name="description" rows={2} />
        </>
      ),
    },
    {
      id: 'attributes',
      title: t('customers.section.attributes'),
      fields: [
        'extended_name',
        'external_customer_id',
        'external_id',
        'ref_id',
        'crm_id',
        'account_id',
        'deal_ids',
      ],
      content: (
        <>
          <TextField name="extended_name" />
          <FieldRow>
            <TextField name="external_id" mono />
            <TextField name="external_customer_id" mono />
          </FieldRow>
          <FieldRow>
            <TextField name="ref_id" mono />
            <TextField name="crm_id" mono />
            <TextField name="account_id" mono />
          </FieldRow>
          <ListField name="deal_ids" description={t('customers.list_hint')} />
        </>
      ),
    },
    {
      id: 'settings',
      title: t('customers.section.settings'),
      lead: t('customers.section.settings_lead'),
      fields: ['domains', 'time_zone', 'language', 'currency'],
      content: (
        <>
          <ListField
            name="domains"
            description={t('customers.domains_hint')}
            placeholder={inherited(record, 'domains')}
          />
          <EnumField
            name="time_zone"
            values="time_zones"
            placeholder={inherited(record, 'time_zone')}
          />
          <FieldRow>
            <EnumField
              name="language"
              values="languages"
              placeholder={inherited(record, 'language')}
            />
            <EnumField
              name="currency"
              values="currencies"
              placeholder={inherited(record, 'currency')}
            />
          </FieldRow>
        </>
      ),
    },
    {
      id: 'company',
      title: t('customers.section.company'),
      fields: [
        'company_size',
        'industries',
        'website',
        'address_line1',
        'address_line2',
        'city',
        'state',
        'postal_code',
        'country',
      ],
      content: (
        <>
          <AddressFields />
          <TextField name="website" type="url" />
          <EnumField name="company_size" values="company_sizes" />
          <EnumField name="industries" values="industries" several />
        </>
      ),
    },
    {
      id: 'services',
      title: t('field.services'),
      fields: ['services'],
      content: <ServicesField record={record} />,
    },
    {
      id: 'account',
      title: t('customers.section.account'),
      fields: [
        'billing_contact_id',
        'billing_line1',
        'billing_line2',
        'billing_city',
        'billing_state',
        'billing_postal_code',
        'billing_country',
        'public_sector',
        'inactive_billing',
        'access',
        'access_mode',
      ],
      content: (
        <>
          <RecordField name="billing_contact_id" list="contacts" />
          <BillingAddressFields />
          <FlagField name="public_sector" />
          <FlagField name="inactive_billing" description={t('customers.inactive_hint')} />
          <FieldRow>
            <ChoiceField name="access" />
            <ChoiceField name="access_mode" />
          </FieldRow>
        </>
      ),
    },
  ];
}

/** What holds while the customer has no value of its own, and where that comes from (TREE-02). */
function inherited(record: Customer | undefined, name: SettingName) {
  const found = record && inForce(record, name);
  if (!found?.from || found.from.type === 'customer') return undefined;
  const from = found.from.name ?? t('scope.provider');
  return t('form.from', { value: settingText(name, found.value), from });
}
