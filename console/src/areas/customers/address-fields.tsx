import { FieldRow } from '@/kit/form/form-shell.tsx';
import { EnumField, TextField } from '@/kit/form/fields.tsx';

export function AddressFields() {
  return (
    <>
      <TextField name="address_line1" />
      <TextField name="address_line2" />
      <FieldRow>
        <TextField name="postal_code" />
        <TextField name="city" />
      </FieldRow>
      <FieldRow>
        <TextField name="state" />
        <EnumField name="country" values="countries" />
      </FieldRow>
    </>
  );
}

export function BillingAddressFields() {
  return (
    <>
      <TextField name="billing_line1" />
      <TextField name="billing_line2" />
      <FieldRow>
        <TextField name="billing_postal_code" />
        <TextField name="billing_city" />
      </FieldRow>
      <FieldRow>
        <TextField name="billing_state" />
        <EnumField name="billing_country" values="countries" />
      </FieldRow>
    </>
  );
}
