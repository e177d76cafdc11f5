// Made from openapi.json by build/limits.mjs (npm run gen). Do not edit.
const session = {
  email: {"required":true},
  password: {"required":true},
} as const;
const providers = {
  name: {"required":true,"maxLength":255},
  code: {"required":true,"maxLength":20},
  domains: {"maxLength":253,"maxItems":100,"initial":[]},
  time_zone: {"nullable":true,"maxLength":60},
  language: {"nullable":true,"choices":["en","de"]},
  currency: {"nullable":true,"maxLength":3},
  country: {"nullable":true,"maxLength":2},
  accounting_emails: {"maxLength":254,"maxItems":100,"initial":[]},
  branding_sender: {"maxLength":100,"initial":""},
  branding_colour: {"maxLength":7,"initial":""},
  reply_to: {"nullable":true,"maxLength":254},
  support_email: {"nullable":true,"maxLength":254},
  support_phone: {"maxLength":50,"initial":""},
  customer_names: {"nullable":true,"choices":["unique","may_repeat"]},
  customer_id_pattern: {"maxLength":60,"initial":""},
  show_customer_name: {"nullable":true},
  provider_fields: {"nullable":true,"maxItems":100,"choices":["extended_name","external_customer_id"]},
  require_second_factor: {"nullable":true},
  password_min_length: {"nullable":true,"minimum":12,"maximum":64},
  lock_out_tries: {"nullable":true,"minimum":3,"maximum":10},
  session_idle_minutes: {"nullable":true,"minimum":5,"maximum":60},
  session_max_hours: {"nullable":true,"minimum":1,"maximum":12},
  csv_download_rows: {"nullable":true,"minimum":1,"maximum":1000000},
  self_sign_up: {"nullable":true},
  overuse: {"nullable":true},
  block_term: {"nullable":true,"minimum":1,"maximum":120},
  expiry_warning_days: {"nullable":true,"maxItems":100},
  status: {"choices":["active","suspended"],"initial":"active"},
} as const;
const resellers = {
  name: {"required":true,"maxLength":255},
  code: {"nullable":true,"maxLength":20},
  domains: {"maxLength":253,"maxItems":100,"initial":[]},
  time_zone: {"nullable":true,"maxLength":60},
  language: {"nullable":true,"choices":["en","de"]},
  own_customer_id: {"nullable":true},
  accounting_emails: {"maxLength":254,"maxItems":100,"initial":[]},
  overuse: {"nullable":true},
  block_term: {"nullable":true,"minimum":1,"maximum":120},
  expiry_warning_days: {"nullable":true,"maxItems":100},
} as const;
const tenants = {
  name: {"required":true,"maxLength":255},
  time_zone: {"nullable":true,"maxLength":60},
  language: {"nullable":true,"choices":["en","de"]},
} as const;
const sites = {
  name: {"required":true,"maxLength":255},
  tenant_id: {"nullable":true},
  site_id: {"maxLength":100,"initial":""},
  external_id: {"maxLength":100,"initial":""},
  kind: {"choices":["office","hospital_building","branch","data_centre","warehouse","home","other"],"initial":"office"},
  status: {"choices":["planned","active","closed"],"initial":"active"},
  address_line1: {"maxLength":255,"initial":""},
  address_line2: {"maxLength":255,"initial":""},
  city: {"maxLength":255,"initial":""},
  state: {"maxLength":255,"initial":""},
  postal_code: {"maxLength":255,"initial":""},
  country: {"nullable":true,"maxLength":2},
  region: {"maxLength":100,"initial":""},
  latitude: {"nullable":true,"maxLength":14},
  longitude: {"nullable":true,"maxLength":14},
  time_zone: {"nullable":true,"maxLength":60},
} as const;
const customers = {
  name: {"required":true,"maxLength":255},
  customer_id: {"maxLength":100,"initial":""},
  stage: {"choices":["prospect","customer","former"],"initial":"customer"},
  owner_id: {"nullable":true},
  description: {"maxLength":510,"initial":""},
  extended_name: {"maxLength":255,"initial":""},
  external_customer_id: {"maxLength":100,"initial":""},
  external_id: {"nullable":true,"maxLength":60},
  ref_id: {"maxLength":255,"initial":""},
  crm_id: {"maxLength":255,"initial":""},
  account_id: {"maxLength":255,"initial":""},
  deal_ids: {"maxLength":255,"maxItems":100,"initial":[]},
  domains: {"maxLength":253,"maxItems":100,"initial":[]},
  time_zone: {"nullable":true,"maxLength":60},
  language: {"nullable":true,"choices":["en","de"]},
  currency: {"nullable":true,"maxLength":3},
  public_sector: {"initial":false},
  inactive_billing: {"initial":false},
  company_size: {"nullable":true,"choices":["0-19","20-99","100-249","250-499","500-999","1000+"]},
  industries: {"maxItems":100,"choices":["A","B","C","D","E","F","G","H","I","J","K","L","M","N","O","P","Q","R","S","T","U"],"initial":[]},
  website: {"maxLength":255,"initial":""},
  address_line1: {"maxLength":255,"initial":""},
  address_line2: {"maxLength":255,"initial":""},
  city: {"maxLength":255,"initial":""},
  state: {"maxLength":255,"initial":""},
  postal_code: {"maxLength":255,"initial":""},
  country: {"nullable":true,"maxLength":2},
  billing_line1: {"maxLength":255,"initial":""},
  billing_line2: {"maxLength":255,"initial":""},
  billing_city: {"maxLength":255,"initial":""},
  billing_state: {"maxLength":255,"initial":""},
  billing_postal_code: {"maxLength":255,"initial":""},
  billing_country: {"nullable":true,"maxLength":2},
  billing_contact_id: {"nullable":true},
  access: {"choices":["enabled","disabled"],"initial":"enabled"},
  access_mode: {"choices":["no_access","full_access"],"initial":"full_access"},
  services: {"maxItems":100,"initial":[]},
  overuse: {"nullable":true},
  block_term: {"nullable":true,"minimum":1,"maximum":120},
  expiry_warning_days: {"nullable":true,"maxItems":100},
} as const;
const products = {
  name: {"required":true,"maxLength":255},
  code: {"required":true,"maxLength":100},
  kind: {"choices":["service","software","hardware"],"initial":"service"},
  description: {"maxLength":2000,"initial":""},
  features: {"initial":[]},
  status: {"choices":["draft","complete","end_of_life"],"initial":"complete"},
} as const;
const licence_blocks = {
  tenant_id: {"nullable":true},
  sales_order: {"maxLength":100,"initial":""},
  po_number: {"maxLength":100,"initial":""},
  unit_price: {"nullable":true,"maxLength":17},
  currency: {"nullable":true,"maxLength":3},
  licences: {"required":true,"minimum":1,"maximum":10000000},
  order_date: {"nullable":true},
  expiration_date: {"nullable":true},
  warning_days: {"nullable":true,"maxItems":100},
  note: {"maxLength":510,"initial":""},
} as const;
const devices = {
  identifier: {"required":true,"maxLength":100},
  name: {"maxLength":255,"initial":""},
  kind: {"maxLength":100,"initial":""},
  tenant_id: {"nullable":true},
  site_id: {"nullable":true},
  group_id: {"nullable":true},
  user_id: {"nullable":true},
  contact_id: {"nullable":true},
  client_version: {"maxLength":100,"initial":""},
  last_seen_at: {"nullable":true},
} as const;
const device_groups = {
  name: {"required":true,"maxLength":255},
} as const;
const contacts = {
  first_name: {"maxLength":100,"initial":""},
  last_name: {"maxLength":100,"initial":""},
  email: {"maxLength":254,"initial":""},
  phone: {"maxLength":50,"initial":""},
  mobile: {"maxLength":50,"initial":""},
  job_title: {"maxLength":100,"initial":""},
  language: {"nullable":true,"choices":["en","de"]},
  time_zone: {"nullable":true,"maxLength":60},
  notes: {"maxLength":2000,"initial":""},
} as const;
const users = {
  email: {"required":true,"maxLength":254},
  display_name: {"required":true,"maxLength":255},
  contact_id: {"nullable":true},
  language: {"nullable":true,"choices":["en","de"]},
  time_zone: {"nullable":true,"maxLength":60},
} as const;
const invitations = {
  email: {"required":true,"maxLength":254},
  display_name: {"maxLength":255,"initial":""},
  language: {"nullable":true,"choices":["en","de"]},
  role_id: {"required":true},
  node_id: {"nullable":true},
} as const;
const sso_providers = {
  name: {"required":true,"maxLength":100},
  issuer: {"required":true,"maxLength":500},
  client_id: {"required":true,"maxLength":255},
  client_secret: {"nullable":true,"maxLength":1000},
  scopes: {"maxLength":300,"initial":"openid email profile"},
  email_claim: {"maxLength":100,"initial":"email"},
  email_verified_claim: {"maxLength":100,"initial":"email_verified"},
  name_claim: {"maxLength":100,"initial":"name"},
  email_domains: {"required":true,"maxLength":253,"maxItems":100},
  role_id: {"nullable":true},
  password_log_in: {"initial":true},
  is_enabled: {"initial":false},
} as const;
const roles = {
  name: {"required":true,"maxLength":255},
  description: {"maxLength":510,"initial":""},
  permissions: {"required":true,"choices":["providers:read","providers:create","providers:update","providers:delete","resellers:read","resellers:create","resellers:update","resellers:delete","customers:read","customers:create","customers:update","customers:delete","customers:merge","customers:work_as","tenants:read","tenants:create","tenants:update","tenants:delete","sites:read","sites:create","sites:update","sites:delete","contacts:read","contacts:create","contacts:update","contacts:delete","products:read","products:create","products:update","products:delete","licences:read","licences:create","licences:update","licences:delete","licences:backdate","devices:read","devices:create","devices:update","devices:delete","entitlements:read","entitlements:create","entitlements:update","entitlements:delete","entitlements:reduce","entitlements:activate","assets:read","assets:create","assets:update","assets:delete","projects:read","projects:create","projects:update","projects:delete","numbers:read","numbers:create","numbers:update","numbers:delete","users:read","users:create","users:update","users:delete","roles:read","roles:create","roles:update","roles:delete","tokens:read","tokens:create","tokens:update","tokens:delete","settings:read","settings:create","settings:update","settings:delete","audit:read","audit:create","audit:update","audit:delete","audit:export","reports:read","reports:create","reports:update","reports:delete","imports:read","imports:create","imports:update","imports:delete","exports:read","exports:create","exports:update","exports:delete","jobs:read","jobs:create","jobs:update","jobs:delete","webhooks:read","webhooks:create","webhooks:update","webhooks:delete"]},
} as const;
const grants = {
  user_id: {"required":true},
  role_id: {"required":true},
  node_id: {"nullable":true},
} as const;
const tokens = {
  name: {"required":true,"maxLength":255},
  permissions: {"choices":["providers:read","providers:create","providers:update","providers:delete","resellers:read","resellers:create","resellers:update","resellers:delete","customers:read","customers:create","customers:update","customers:delete","customers:merge","customers:work_as","tenants:read","tenants:create","tenants:update","tenants:delete","sites:read","sites:create","sites:update","sites:delete","contacts:read","contacts:create","contacts:update","contacts:delete","products:read","products:create","products:update","products:delete","licences:read","licences:create","licences:update","licences:delete","licences:backdate","devices:read","devices:create","devices:update","devices:delete","entitlements:read","entitlements:create","entitlements:update","entitlements:delete","entitlements:reduce","entitlements:activate","assets:read","assets:create","assets:update","assets:delete","projects:read","projects:create","projects:update","projects:delete","numbers:read","numbers:create","numbers:update","numbers:delete","users:read","users:create","users:update","users:delete","roles:read","roles:create","roles:update","roles:delete","tokens:read","tokens:create","tokens:update","tokens:delete","settings:read","settings:create","settings:update","settings:delete","audit:read","audit:create","audit:update","audit:delete","audit:export","reports:read","reports:create","reports:update","reports:delete","imports:read","imports:create","imports:update","imports:delete","exports:read","exports:create","exports:update","exports:delete","jobs:read","jobs:create","jobs:update","jobs:delete","webhooks:read","webhooks:create","webhooks:update","webhooks:delete"],"initial":[]},
  expires_at: {"nullable":true},
  node_id: {"nullable":true},
} as const;

export const limits = {
  session: {
    create: session,
  },
  providers: {
    create: providers,
    update: providers,
  },
  resellers: {
    create: { ...resellers, provider_id: {"nullable":true}, },
    update: resellers,
  },
  tenants: {
    create: { ...tenants, customer_id: {"required":true}, },
    update: tenants,
  },
  sites: {
    create: { ...sites, customer_id: {"required":true}, },
    update: sites,
  },
  customers: {
    create: { ...customers, provider_id: {"nullable":true}, reseller_id: {"nullable":true}, local_admin: {"nullable":true}, blocks: {"initial":[]}, },
    update: customers,
  },
  products: {
    create: { ...products, provider_id: {"nullable":true}, },
    update: products,
  },
  licence_blocks: {
    create: { ...licence_blocks, customer_id: {"required":true}, product_id: {"required":true}, },
    update: licence_blocks,
  },
  devices: {
    create: { ...devices, customer_id: {"required":true}, product_id: {"required":true}, },
    update: devices,
  },
  device_groups: {
    create: { ...device_groups, customer_id: {"required":true}, },
    update: device_groups,
  },
  contacts: {
    create: { ...contacts, customer_id: {"nullable":true}, roles: {"maxItems":100,"choices":["primary","billing","technical","super_admin"],"initial":[]}, },
    update: contacts,
  },
  users: {
    create: { ...users, password: {"required":true}, password_repeat: {"required":true}, role_id: {"required":true}, node_id: {"nullable":true}, },
    update: users,
  },
  invitations: {
    create: invitations,
  },
  sso_providers: {
    create: { ...sso_providers, provider_id: {"nullable":true}, },
    update: sso_providers,
  },
  roles: {
    create: { ...roles, node_id: {"nullable":true}, level: {"nullable":true,"choices":["platform","provider","reseller","customer"]}, },
    update: roles,
  },
  grants: {
    create: grants,
  },
  tokens: {
    create: tokens,
  },
} as const;
