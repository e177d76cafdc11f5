import { expectAccessible } from './support/axe.ts';
import { logIn } from './support/log-in.ts';
import { codeOf, linkIn } from './support/mail.ts';
import { admin } from './support/server.ts';
import { expect, test } from './support/test.ts';

test.use({ withMail: true });

const password = 'seven herons in the reeds';

test('an invited person comes by the link, sets up a second factor, and logs in with it', async ({
  console: page,
  mail,
}) => {
  await page.goto('/users');
  await page.getByRole('button', { name: 'Invite user' }).click();
  const drawer = page.getByRole('dialog', { name: 'Invite user' });
  await drawer.getByRole('textbox', { name: 'Email' }).fill('mia@example.org');
  await drawer.getByRole('textbox', { name: 'Display name' }).fill('Mia Schäfer');
  await drawer.getByRole('combobox', { name: 'Works at' }).fill('North');
  await page.getByRole('option', { name: 'Northline Telecom', exact: true }).click();
  await drawer.getByRole('combobox', { name: 'Role' }).fill('Provider adm');
  await page.getByRole('option', { name: 'Provider admin' }).click();
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Invite user' }).click();
  await page.getByRole('link', { name: '1 pending invitation' }).click();
  await expect(page.getByRole('cell', { name: 'Pending' })).toBeVisible();
  await expectAccessible(page);
  const letter = await mail.next('mia@example.org');
  expect(letter.subject).toBe('Invitation to Northline Telecom');
  expect(letter.html).toContain('Accept the invitation');

  await page.context().clearCookies();
  await page.goto(linkIn(letter));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Welcome to Northline Telecom');
  // The secret has left the address.
  expect(page.url()).not.toContain('#');
  await expectAccessible(page);
  await expect(page.getByLabel('Display name')).toHaveValue('Mia Schäfer');
  await page.getByLabel(/^New password/).fill('password1234');
  await page.getByLabel(/^Repeat the new/).fill('password1234');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('one of the passwords');
  await page.getByLabel(/^New password/).fill(password);
  await page.getByLabel(/^Repeat the new/).fill(password);
  await page.getByRole('button', { name: 'Accept the invitation' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');

  await page.goto('/profile');
  await page.getByRole('button', { name: 'Set up' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set up a second factor' });
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await expect(dialog.getByRole('img', { name: 'QR code' })).toBeVisible();
  await expectAccessible(page);
  const key = await dialog.locator('code').innerText();
  await dialog.getByRole('textbox', { name: 'Code' }).fill('000000');
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  await expect(dialog.getByRole('alert')).toContainText('is wrong');
  const first = codeOf(key);
  await dialog.getByRole('textbox', { name: 'Code' }).fill(first);
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  const codes = dialog.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(codes).toHaveCount(10);
  await expectAccessible(page);
  const recovery = await codes.first().innerText();
  await dialog.getByRole('button', { name: 'I have kept them' }).click();
  await expect(page.getByText('10 recovery codes are left.')).toBeVisible();
  expect((await mail.next('mia@example.org')).subject).toBe('Your second factor is set up');

  const logOut = async () => {
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await logIn(page, 'mia@example.org', password);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your second factor');
  };
  await logOut();
  await expectAccessible(page);
  // Each code works once; that of the next half minute may come early.
  await page.getByRole('textbox', { name: 'Code' }).fill(first);
  await page.keyboard.press('Enter');
  await expect(page.getByText(/used already/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Code' }).fill(codeOf(key, 1));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await logOut();
  await page.getByRole('textbox', { name: 'Code' }).fill(recovery.toLowerCase());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
  await page.goto('/profile');
  await expect(page.getByText('9 recovery codes are left.')).toBeVisible();
});

test('a forgotten password is chosen anew by a link that works once', async ({
  visitor: page,
  mail,
}) => {
  await page.goto('/login');
  await page.getByRole('link', { name: 'Forgot password?' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Forgot your password?');
  await expectAccessible(page);
  await page.getByLabel('Email').fill('nobody@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Look into your mailbox');
  await page.goto('/forgot-password');
  await page.getByLabel('Email').fill(admin.email);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Look into your mailbox');
  await expectAccessible(page);

  const link = linkIn(await mail.next(admin.email));
  await page.goto(link);
  await expect(page.getByText(`For ${admin.email}.`)).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel(/^New password/).fill(password);
  await page.getByLabel(/^Repeat the new/).fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Password changed');
  expect((await mail.next(admin.email)).subject).toBe('Your password was changed');
  await page.goto(link);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'This link does not work any more',
  );
  await expectAccessible(page);
  await page.goto('/login');
  await logIn(page, admin.email, password);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
});

test('a policy leads to the second factor at log-in, and lets nobody around it', async ({
  visitor: page,
  server,
}) => {
  const { items } = await server.api<{ items: { id: string }[] }>('GET', '/providers');
  await server.api('PATCH', `/providers/${items[0]!.id}`, { require_second_factor: true });
  await page.goto('/customers');
  await logIn(page, admin.email, admin.password);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Set up a second factor');
  const key = await page.locator('code').innerText();
  await expectAccessible(page);
  await page.goto('/customers');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Set up a second factor');
  await page.getByLabel('Password', { exact: true }).fill(admin.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.locator('code')).not.toHaveText(key);
  await page
    .getByRole('textbox', { name: 'Code' })
    .fill(codeOf(await page.locator('code').innerText()));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Customers');
});

test('the mail log shows what was sent, sends again, and tests the mail server', async ({
  console: page,
  mail,
}) => {
  await page.goto('/mail');
  await expect(page.getByText('No messages yet')).toBeVisible();
  await page.getByRole('button', { name: 'Send me a test message' }).click();
  const drawer = page.getByRole('dialog', { name: 'Message' });
  expect((await mail.next(admin.email)).subject).toBe('A test message');
  await expect(drawer.getByText('Sent', { exact: true }).first()).toBeVisible();
  await expect(drawer.getByText('Email works')).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Commands for A test message/ }).click();
  await page.getByRole('menuitem', { name: 'Send again' }).click();
  expect((await mail.next(admin.email)).subject).toBe('A test message');
});

test.describe('without a mail server', () => {
  test.use({ withMail: false });

  test('messages are kept and can be read, without their links', async ({ console: page }) => {
    await page.goto('/invitations?dialog=invitation.add');
    const drawer = page.getByRole('dialog', { name: 'Invite user' });
    await expect(drawer.getByText('No mail server is configured')).toBeVisible();
    await drawer.getByRole('textbox', { name: 'Email' }).fill('mia@example.org');
    await drawer.getByRole('combobox', { name: 'Role' }).fill('Platform adm');
    await page.getByRole('option', { name: 'Platform admin' }).click();
    await drawer.getByRole('button', { name: 'Invite user' }).click();
    await expect(page.getByRole('cell', { name: 'mia@example.org', exact: true })).toBeVisible();

    await page.getByRole('button', { name: 'Commands for mia@example.org' }).click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    await page
      .getByRole('dialog', { name: /^Revoke the invitation/ })
      .getByRole('button', { name: 'Revoke' })
      .click();
    await expect(page.getByRole('cell', { name: 'Revoked' })).toBeVisible();

    await page.goto('/mail');
    await expect(page.getByText('messages are kept here and not sent')).toBeVisible();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Invitation to Platform', exact: true }).click();
    const message = page.getByRole('dialog', { name: 'Message' });
    await expect(message.getByText('/invitation#••••••••')).toBeVisible();
  });
});
