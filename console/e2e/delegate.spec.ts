import { expectAccessible } from './support/axe.ts';
import { firstLogIn } from './support/log-in.ts';
import { expect, test } from './support/test.ts';

const given = 'a first password for them';
const own = 'their very own password 8';

test('administration is handed down to a customer, which never reads its own name', async ({
  console: page,
  server,
}) => {
  test.slow();
  const [house] = (await server.api<{ items: { id: string }[] }>('GET', '/providers')).items;
  const roles = await server.api<{ items: { id: string; name: string }[] }>('GET', '/roles');
  const chief = roles.items.find(({ name }) => name === 'Provider admin')!;
  const password = { password: given, password_repeat: given };
  const pia = { email: 'pia@northline.example', display_name: 'Pia', role_id: chief.id };
  await server.api('POST', '/users', { ...pia, ...password, node_id: house!.id });

  // The provider's admin makes a reseller and its admin.
  await firstLogIn(page, pia.email, given, own);
  await page.goto('/resellers?dialog=reseller.add');
  const reseller = page.getByRole('dialog', { name: 'Add reseller' });
  await reseller.getByRole('textbox', { name: 'Name' }).fill('Kyoto IT');
  await reseller.getByLabel(/^Domains/).fill('kyoto.example');
  await reseller.getByLabel(/^Domains/).press('Enter');
  await reseller.getByRole('button', { name: 'Add reseller' }).click();
  await expect(page.getByRole('link', { name: 'Kyoto IT', exact: true })).toBeVisible();
  await page.goto('/users?dialog=user.add');
  const user = page.getByRole('dialog', { name: 'Add user' });
  await user.getByRole('textbox', { name: 'Email' }).fill('ren@kyoto.example');
  await user.getByRole('textbox', { name: 'Display name' }).fill('Ren');
  await user.getByRole('combobox', { name: 'Works at' }).fill('Kyoto');
  await page.getByRole('option', { name: 'Kyoto IT' }).click();
  await user.getByRole('combobox', { name: 'Role' }).fill('Reseller');
  await page.getByRole('option', { name: 'Reseller admin' }).click();
  await user.getByLabel(/^Password/).fill(given);
  await user.getByLabel(/^Repeat the password/).fill(given);
  await user.getByRole('button', { name: 'Add user' }).click();
  await expect(page.getByRole('link', { name: 'Ren' })).toBeVisible();

  // The reseller's admin makes a customer with its local admin, and renames the default tenant.
  await firstLogIn(page, 'ren@kyoto.example', given, own);
  await page.goto('/customers/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Secret Harbour');
  await page.getByRole('switch', { name: 'Add a local admin' }).check();
  await expect(page.getByText('Logs in as Secret_HarbourAdmin@kyoto.example')).toBeVisible();
  const section = page.getByRole('region', { name: 'Local admin' });
  await section.getByRole('combobox', { name: 'Role to clone' }).fill('reseller');
  await page.getByRole('option', { name: 'Reseller admin' }).click();
  await section.getByLabel(/^Password/).fill(given);
  await section.getByLabel(/^Repeat the password/).fill(given);
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Secret Harbour');
  const address = page.url();
  await page.goto('/tenants');
  await page.getByRole('link', { name: 'Secret Harbour' }).first().click();
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const tenant = page.getByRole('dialog', { name: 'Edit tenant' });
  await tenant.getByRole('textbox', { name: 'Name' }).fill('The works');
  await tenant.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('The works');

  // Works as the customer, says so on every page, and leaves again.
  await page.goto(address);
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Work as this customer' }).click();
  await expect(page.getByText('You work as Secret Harbour.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Imports' })).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Back to Kyoto IT' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Secret Harbour');
  await expect(page.getByRole('link', { name: 'Imports' })).toBeVisible();

  // The local admin invites a colleague, and reads the customer's name nowhere.
  await firstLogIn(page, 'secret_harbouradmin@kyoto.example', given, own);
  await page.goto('/users');
  await page.getByRole('button', { name: 'Invite user' }).click();
  const invite = page.getByRole('dialog', { name: 'Invite user' });
  await invite.getByRole('textbox', { name: 'Email' }).fill('mo@harbour.example');
  await invite.getByRole('combobox', { name: 'Role' }).fill('Customer');
  await page.getByRole('option', { name: 'Customer admin' }).click();
  await invite.getByRole('button', { name: 'Invite user' }).click();
  await expect(page.getByRole('link', { name: '1 pending invitation' })).toBeVisible();
  await page.goto('/manager');
  await expect(page.getByRole('heading', { name: 'Kyoto IT' })).toBeVisible();
  await expectAccessible(page);
  const menu = page.getByRole('navigation', { name: 'Main navigation' });
  const links = await menu.getByRole('link').all();
  const pages = await Promise.all(links.map((link) => link.getAttribute('href')));
  expect(pages.length).toBeGreaterThan(7);
  for (const to of [...pages, '/profile', '/invitations', address]) {
    await page.goto(to!);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
    expect(await page.locator('body').innerText()).not.toContain('Secret Harbour');
  }
});

test('the pages of what a customer has ask for nothing that its own people may not read', async ({
  console: page,
  server,
}) => {
  test.slow();
  const roles = await server.api<{ items: { id: string; name: string }[] }>('GET', '/roles');
  const role = roles.items.find(({ name }) => name === 'Customer admin')!;
  const { id } = await server.api<{ id: string }>('POST', '/customers', { name: 'Secret Harbour' });
  const [tenant] = (await server.api<{ items: { id: string }[] }>('GET', '/tenants')).items;
  await server.api('PATCH', `/tenants/${tenant!.id}`, { name: 'The works' });
  const kai = { email: 'kai@harbour.example', display_name: 'Kai', role_id: role.id, node_id: id };
  await server.api('POST', '/users', { ...kai, password: given, password_repeat: given });
  await firstLogIn(page, kai.email, given, own);

  // Where there is one customer only, no form asks for which.
  await page.goto('/sites?dialog=site.add');
  const site = page.getByRole('dialog', { name: 'Add site' });
  await site.getByRole('textbox', { name: 'Name' }).fill('Quay 4');
  await site.getByRole('combobox', { name: 'Tenant' }).click();
  await page.getByRole('option', { name: 'The works' }).click();
  await site.getByRole('button', { name: 'Add site' }).click();
  await expect(page.getByRole('link', { name: 'Quay 4' })).toBeVisible();

  const nameless = async () => {
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
    expect(await page.locator('body').innerText()).not.toContain('Secret Harbour');
  };
  for (const tab of ['', '/contacts', '/history']) {
    await page.goto(`/customers/${id}${tab}`);
    await nameless();
  }
  for (const list of ['sites', 'tenants', 'users']) {
    await page.goto(`/customers/${id}/${list}`);
    await page.locator('[data-row-target]').first().click();
    await expect(page).toHaveURL(new RegExp(`/${list}/[0-9a-f-]{36}$`));
    await nameless();
  }
});
