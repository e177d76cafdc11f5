export const imports = {
  'imports.add': 'Import a file',
  'type.customers': 'Customer',
  'type.providers': 'Provider',
  'type.resellers': 'Reseller',
  'type.tenants': 'Tenant',
  'type.sites': 'Site',
  'type.contacts': 'Contact',
  'type.users': 'User',
};
