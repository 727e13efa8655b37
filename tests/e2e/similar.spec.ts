/** What looks like what among one's own: the warning before a thing is listed twice, and search by a photo or a part of it. */
import { expect as usual, test, type Browser, type Page } from '@playwright/test';
import { readFileSync, readdirSync } from 'node:fs';
import { Vitrine } from '@vitrine/sdk';
import { sample, Server } from './server';
import { signInAs } from './sign-in';

const server = new Server();
const expect = usual.configure({ timeout: 30_000 }); // the machine that runs this may be slow and loaded
const password = 'a long enough password';
const photo = (kind: string) => sample(readdirSync(sample('')).find((name) => name.startsWith(kind))!);
const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/jpeg', buffer });

test.describe.configure({ mode: 'serial' });
test.beforeAll(() => server.start());
test.afterAll(() => server.stop());

/** Pictures side by side, each as another shot of the same thing: a little nearer, and in another light. */
async function shot(browser: Browser, ...photos: string[]): Promise<Buffer> {
  const page = await browser.newPage();
  const urls = photos.map((each) => `data:image/jpeg;base64,${readFileSync(each).toString('base64')}`);
  const made = await page.evaluate(async (urls) => {
    const nearer = 0.02;
    const high = 800;
    const images = await Promise.all(
      urls.map(async (url) => {
        const image = new Image();
        image.src = url;
        await image.decode();
        return image;
      }),
    );
    const wide = images.map((each) => (high * each.naturalWidth) / each.naturalHeight);
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [wide.reduce((sum, each) => sum + each, 0), high];
    const context = canvas.getContext('2d')!;
    context.filter = 'brightness(1.06)';
    let left = 0;
    for (const [i, image] of images.entries()) {
      const [w, h] = [image.naturalWidth, image.naturalHeight];
      context.drawImage(image, w * nearer, h * nearer, w * (1 - 2 * nearer), h * (1 - 2 * nearer), left, 0, wide[i]!, high);
      left += wide[i]!;
    }
    return canvas.toDataURL('image/jpeg', 0.9).split(',')[1]!;
  }, urls);
  await page.close();
  return Buffer.from(made, 'base64');
}

const signIn = (page: Page) => signInAs(page, server.url, 'Ada', password);
const status = (page: Page) => page.getByRole('region', { name: 'Search by photo' }).getByRole('status');
const results = (page: Page) => page.locator('a.similar');

test('a photo finds what looks like it, and says so when nothing does', async ({ page, browser }) => {
  await page.goto(server.url);
  await page.getByLabel('Setup code').fill(server.setupCode());
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make my account' }).click();
  for (const kind of ['skirt', 'shoes-04', 'polo']) await page.getByLabel('Choose photos').setInputFiles(photo(kind));
  await expect(page.locator('a.card').filter({ hasText: 'To review' })).toHaveCount(3, { timeout: 60_000 });

  await page.getByLabel('Photo to search by').setInputFiles(file('nearer.jpg', await shot(browser, photo('skirt'))));
  await expect(status(page)).toContainText('among your 3 photos.');
  await expect(results(page).first()).toContainText('Same item');
  await expect(page.locator('a.card')).toHaveCount(0);

  await page.getByLabel('Photo to search by').setInputFiles(photo('grocery-granny'));
  await expect(status(page)).toHaveText('Nothing close enough among your 3 photos.');
  await expect(results(page)).toHaveCount(0);

  await page.keyboard.press('Escape');
  await expect(page.locator('a.card')).toHaveCount(3); // the photo that was searched by is not one of them
});

test('a photo that is pasted into the field is searched by, and a file that is no photo is explained', async ({ page, browser }) => {
  await signIn(page);
  await expect(page.locator('a.card')).toHaveCount(3);
  const pasted = (await shot(browser, photo('polo'))).toString('base64');
  await page.getByRole('searchbox').focus();
  await page.evaluate((base64) => {
    const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], 'pasted.jpg', { type: 'image/jpeg' }));
    document.activeElement!.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, pasted);
  await expect(results(page).first()).toContainText('Same item');

  await page.getByLabel('Photo to search by').setInputFiles({ name: 'list.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('%PDF-1.4 no photo') });
  await expect(page.getByRole('alert')).toContainText('PDF');
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(page.locator('a.card')).toHaveCount(3);
});

test('a part of a photo is drawn, by pointer or by keys, and finds the thing that it shows', async ({ page, browser }) => {
  await signIn(page);
  await page.getByLabel('Photo to search by').setInputFiles(file('two.jpg', await shot(browser, photo('grocery-granny'), photo('shoes-04'))));
  await expect(status(page)).toContainText('3 photos');
  const picture = page.getByRole('button', { name: /draw a part/ });
  const box = (await picture.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.526, box.y + 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 2, box.y + box.height - 2, { steps: 4 });
  const asked = page.waitForRequest((request) => request.url().endsWith('/listings/similar'));
  await page.mouse.up();
  await asked;
  await expect(results(page).first()).toContainText('Same item');
  await expect(results(page).first()).toContainText(/shoes/i);

  await page.getByRole('button', { name: 'Whole photo' }).click();
  await expect(picture.locator('rect')).toHaveCount(0);
  await picture.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(picture.locator('rect')).toHaveAttribute('x', /^0\.27/);
  await expect(page.getByRole('button', { name: 'Whole photo' })).toBeVisible();
});

test('what is photographed again is warned of, and a person who knows better is not asked again', async ({ page, browser }) => {
  await signIn(page);
  await expect(page.locator('a.card')).toHaveCount(3);
  await page.getByLabel('Choose photos').setInputFiles(file('again.jpg', await shot(browser, photo('skirt'))));
  const card = page.locator('a.card').first();
  await expect(card).toContainText('You may own this already', { timeout: 60_000 });
  await card.click();

  const warning = page.getByRole('note', { name: 'You may own this already' });
  await expect(warning).toContainText(/skirt.*, (same item|nearly the same photo)\./i);
  const strip = page.getByRole('region', { name: 'Similar items of yours' });
  await expect(strip).toContainText('Same item');

  await warning.getByRole('button', { name: 'Not the same' }).click();
  await expect(warning).toContainText('Not the same as');
  await warning.getByRole('button', { name: 'Undo' }).click();
  await expect(warning.getByRole('button', { name: 'Not the same' })).toBeVisible();
  await warning.getByRole('button', { name: 'Not the same' }).click();
  await page.getByRole('button', { name: 'Read the photos again' }).click();
  await expect(page.locator('.state')).toHaveText('To review', { timeout: 30_000 });
  await page.reload();
  await expect(strip).toContainText('Not the same, you said');
  await expect(warning).toHaveCount(0);
  await strip.getByRole('button', { name: 'Undo' }).click();
  await expect(warning).toBeVisible();

  // A warning, never a block.
  await page.keyboard.press('a');
  await expect(page.locator('.state')).toHaveText('Approved');
  await warning.getByRole('link').click();
  await expect(page.locator('#field-Title')).toHaveValue(/skirt/i);
  await expect(page.getByRole('note', { name: 'You may own this already' })).toHaveCount(0); // the earlier one was there first
});

test('a phone has room for the search and for the warning', async ({ page, browser }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await signIn(page);
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await page.getByLabel('Photo to search by').setInputFiles(file('again.jpg', await shot(browser, photo('skirt'))));
  await expect(results(page).first()).toContainText('Same item');
  expect(await overflow()).toBeLessThanOrEqual(0);
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.locator('a.card').filter({ hasText: 'You may own this already' }).click();
  await expect(page.getByRole('note', { name: 'You may own this already' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Similar items of yours' })).toBeVisible();
  expect(await overflow()).toBeLessThanOrEqual(0);
});

test('a program searches with a key that may only read', async ({ browser }) => {
  const post = (path: string, body: unknown, cookie = '') =>
    fetch(server.url + path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', Origin: server.url, Cookie: cookie } });
  const signedIn = await post('/api/v1/auth/sign-in', { name: 'Ada', password });
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  const key = await (await post('/api/v1/api-keys', { name: 'reader', scopes: ['read'] }, cookie)).json();
  const vitrine = new Vitrine({ baseUrl: server.url, apiKey: key.secret });
  const data = new Blob([await shot(browser, photo('polo'))]);
  const found = await vitrine.listings.similarTo({ name: 'polo.jpg', data }, { limit: 1 });
  expect(found.similar).toHaveLength(1);
  expect(found.similar[0]!.closeness).toBe('same_item');
  expect(found.nothing_close_enough).toBe(false);
  expect((await vitrine.listings.similar(found.similar[0]!.listing.id)).searched).toBeGreaterThan(0);
  await expect(vitrine.listings.similarTo({ name: 'polo.jpg', data }, { region: { x: 0.5, y: 0, w: 0.6, h: 1 } })).rejects.toMatchObject({
    status: 422,
    code: 'listing.region',
  });
});
