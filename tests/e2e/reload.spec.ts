/** Labels of one's own, taken in while the program runs, and the drafts that they concern made again. */
import { expect, test } from '@playwright/test';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sample, Server } from './server';

const server = new Server();
const photo = (kind: string) => sample(readdirSync(sample('')).find((name) => name.startsWith(kind))!);

test.beforeAll(() => server.start());
test.afterAll(() => server.stop());

test('new labels are taken in without a failed request, and old drafts are offered to be made again', async ({ page }) => {
  await page.goto(server.url);
  await page.getByLabel('Setup code').fill(server.setupCode());
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password').fill('a long enough password');
  await page.getByRole('button', { name: 'Make my account' }).click();
  await page.getByLabel('Choose photos').setInputFiles(photo('skirt'));
  await expect(page.locator('a.card').first()).toContainText('To review', { timeout: 30_000 });
  await page.reload();
  await expect(page.locator('a.card')).toHaveCount(1);
  await expect(page.getByText('made before something changed')).toHaveCount(0);

  // A person's word, which must outlive what follows.
  await page.locator('a.card').first().click();
  await page.locator('#field-Brand').fill('Gap');
  await page.locator('#field-Brand').press('Enter');
  await expect(page.getByText('Saved')).toBeVisible();

  // Somebody asks all the while.
  let asking = true;
  const refused: number[] = [];
  const asked = (async () => {
    while (asking) {
      const answer = await page.request.get(`${server.url}/api/v1/listings`);
      if (!answer.ok()) refused.push(answer.status());
    }
  })();
  mkdirSync(join(server.data, 'labels'));
  writeFileSync(join(server.data, 'labels/brands.tsv'), 'Atelier Nove Lune\tclothing\n');
  const before = server.log().length;
  server.hangUp();
  await expect.poll(() => server.log().slice(before)).toContain('"parts":"labels"');
  asking = false;
  await asked;
  expect(refused).toEqual([]);

  await page.goto(server.url);
  await expect(page.getByText('1 draft was made before something changed: your labels.')).toBeVisible();
  await page.screenshot({ path: 'test-results/outdated.png' });
  await page.getByRole('button', { name: 'Draft it again' }).click();
  await expect(page.getByText('made before something changed')).toHaveCount(0);
  await expect(page.locator('a.card').first()).toContainText('To review', { timeout: 30_000 });
  await page.reload();
  await expect(page.locator('a.card')).toHaveCount(1);
  await expect(page.getByText('made before something changed')).toHaveCount(0);
  await page.locator('a.card').first().click();
  await expect(page.locator('#field-Brand')).toHaveValue('Gap');

  // A wrong line changes nothing, and says where it is.
  writeFileSync(join(server.data, 'labels/brands.tsv'), 'Atelier Nove Lune\tclothing\nSome Name\tclothing\tperhaps\n');
  server.hangUp();
  await expect.poll(() => server.log()).toContain('brands.tsv:2');
});
