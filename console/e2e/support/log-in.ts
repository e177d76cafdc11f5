import { expect, type Page } from '@playwright/test';

/** The form of the log-in page, filled and sent. */
export async function logIn(page: Page, email: string, password: string) {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
}

/** Somebody else comes, whose password was set for them: they choose their own before all else. */
export async function firstLogIn(page: Page, email: string, given: string, own: string) {
  await page.context().clearCookies();
  await page.goto('/login');
  await logIn(page, email, given);
  await page.getByLabel('Current password').fill(given);
  await page.getByLabel(/^New password/).fill(own);
  await page.getByLabel('Repeat the new password').fill(own);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard');
}
