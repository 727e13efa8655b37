/** Where an item will be sold, and photos that come by the watched folder, as a person at the Sell page sees them. */
import { expect, test } from '@playwright/test';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sample, Server } from './server';

const server = new Server();
const folder = mkdtempSync(join(tmpdir(), 'vitrine-e2e-watched-'));
const photo = (kind: string) => sample(readdirSync(sample('')).find((name) => name.startsWith(kind))!);

test.beforeAll(async () => {
  Object.assign(process.env, { VITRINE_WATCH_FOLDER: folder, VITRINE_MARKET: 'ebay' });
  await server.start();
  delete process.env['VITRINE_WATCH_FOLDER'];
  delete process.env['VITRINE_MARKET'];
});
test.afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('what comes by the watched folder appears, and the rules of the chosen market review it', async ({ page }) => {
  await page.goto(server.url);
  await page.getByLabel('Setup code').fill(server.setupCode());
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password').fill('a long enough password');
  await page.getByRole('button', { name: 'Make my account' }).click();
  await expect(page.getByLabel('To sell on')).toHaveValue('ebay'); // the usual one of this server
  await expect.poll(() => existsSync(join(folder, 'done'))).toBe(true);

  copyFileSync(photo('dress'), join(folder, 'dress.jpg'));
  await expect(page.locator('a.card')).toHaveCount(1, { timeout: 30_000 });
  writeFileSync(join(folder, 'list.jpg'), '%PDF-1.4 not a photo');
  await expect(page.getByText('list.jpg in the watched folder: This file is a PDF')).toBeVisible();
  expect(existsSync(join(folder, 'done/dress.jpg'))).toBe(true);
  expect(existsSync(join(folder, 'failed/list.jpg.txt'))).toBe(true);

  // The market is chosen for what is added next, and kept for the next visit.
  await page.getByLabel('To sell on').selectOption('depop');
  await page.getByLabel('Choose photos').setInputFiles(photo('skirt'));
  await expect(page.locator('a.card')).toHaveCount(2, { timeout: 30_000 });
  await expect(page.locator('a.card').first()).toContainText('To review', { timeout: 30_000 });
  await page.reload();
  await expect(page.getByLabel('To sell on')).toHaveValue('depop');

  // Another market's rules review the same item, at once.
  await page.locator('a.card').first().click();
  const market = page.getByLabel('To sell on');
  await expect(market).toHaveValue('depop');
  await page.getByLabel('Title', { exact: true }).fill('Skirt ♥');
  await page.getByLabel('Title', { exact: true }).press('Tab');
  await expect(page.getByText('Saved')).toBeVisible();
  await expect(page.getByText('eBay forbids special characters')).toHaveCount(0);
  await market.selectOption('ebay');
  await expect(page.getByText('eBay forbids special characters')).toBeVisible();
  await market.selectOption('vinted');
  await expect(page.getByText('eBay forbids special characters')).toHaveCount(0);
});
