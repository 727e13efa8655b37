/** Signing in as a person does, up to the list of their items. */
import { expect, type Page } from '@playwright/test';

export async function signInAs(page: Page, url: string, name: string, password: string) {
  await page.goto(url);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Drop photos here')).toBeVisible();
}
