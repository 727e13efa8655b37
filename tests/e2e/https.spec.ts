/** vitrine serve --tls: a browser that trusts its authority, one that does not, and programs. */
import { expect, test, type Browser } from '@playwright/test';
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { browserOf } from './browser';
import { binary, sample, Server } from './server';

const server = new Server('0.0.0.0', ['--tls']);
const password = 'a long enough password';
const authority = () => join(server.data, 'tls/ca.pem');
const aPhoto = () => sample(readdirSync(sample('')).find((name) => name.startsWith('skirt'))!);
let trusting: Browser;
let key = '';

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  await server.start();
  trusting = await browserOf(authority());
});
test.afterAll(async () => {
  await trusting?.close();
  await server.stop();
});

test('a browser that trusts the authority signs in over HTTPS, with a session for HTTPS alone', async () => {
  const context = await trusting.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && !message.text().startsWith('Failed to load') && problems.push(message.text()));
  const socket = page.waitForEvent('websocket');
  await page.goto(server.url);
  await page.getByLabel('Setup code').fill(server.setupCode());
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make my account' }).click();
  await expect(page.getByText('Drop photos here')).toBeVisible();
  expect((await socket).url()).toMatch(/^wss:/);
  expect(await page.evaluate(() => window.isSecureContext)).toBe(true);
  await expect(page.getByText('Opened over plain HTTP')).toHaveCount(0);
  const [session] = await context.cookies();
  expect(session).toMatchObject({ name: '__Host-vitrine_session', secure: true, httpOnly: true, sameSite: 'Strict' });

  // A photo goes up, and its draft comes by the socket.
  await page.getByLabel('Choose photos').setInputFiles(aPhoto());
  await expect(page.locator('a.card').first()).toContainText('To review', { timeout: 60_000 });
  expect(problems).toEqual([]);
  const made = await page.request.post(`${server.url}/api/v1/api-keys`, {
    data: { name: 'test', scopes: ['upload', 'read'] }, headers: { Origin: server.url }, ignoreHTTPSErrors: true,
  });
  key = (await made.json()).secret;
  await context.close();
});

test('whoever is signed in is shown how a phone comes in', async () => {
  const page = await trusting.newPage();
  await page.goto(server.url);
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Open on your phone' }).click();
  const trust = page.getByRole('link', { name: /^http:.*\/trust$/ });
  await expect(trust).toBeVisible();
  await expect(page.getByRole('link', { name: /^https:/ })).toBeVisible();
  const fingerprint = new X509Certificate(readFileSync(authority())).fingerprint256;
  expect((await page.locator('.fingerprint').innerText()).replace(/\s/g, '')).toBe(fingerprint.replaceAll(':', ''));
  const code = page.getByAltText('QR code of', { exact: false });
  await expect.poll(() => code.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  if (process.env['SCREENSHOTS']) await page.screenshot({ path: join(process.env['SCREENSHOTS'], 'phone.png'), fullPage: true });
  await page.close();
});

test('before a device trusts us, plain HTTP says how, and HTTPS is refused by the device', async () => {
  const stranger = await browserOf();
  const context = await stranger.newContext({ viewport: { width: 390, height: 844 } });
  for (const address of [server.url, `http://localhost:${server.port}/listings/1`])
    await expect((await context.newPage()).goto(address)).rejects.toThrow(/ERR_CERT_AUTHORITY_INVALID/);
  const page = await context.newPage();
  await page.goto(`http://localhost:${server.port}/trust`);
  await expect(page.getByRole('heading', { name: 'iPhone and iPad' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Done: open vitrine' })).toHaveAttribute('href', `${server.url}/`);
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download for Android' }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toBe('vitrine-ca.crt');
  expect(new X509Certificate(readFileSync(await file.path())).fingerprint256).toBe(new X509Certificate(readFileSync(authority())).fingerprint256);
  if (process.env['SCREENSHOTS']) await page.screenshot({ path: join(process.env['SCREENSHOTS'], 'trust.png'), fullPage: true });
  await stranger.close();
});

test('programs come in over HTTPS with the authority at hand', () => {
  const photo = aPhoto();
  const add = (...more: string[]) =>
    spawnSync(binary, ['add', photo, '--json', '--server', server.url, '--key', key, ...more], { encoding: 'utf8' }).stdout;
  expect(JSON.parse(add('--data', server.data))).toHaveProperty('listing');
  expect(JSON.parse(add('--data', '/nowhere', '--ca', authority()))).toHaveProperty('listing');
  expect(add('--data', '/nowhere')).toMatch(/not trusted.*--ca/);

  const script = `import { Vitrine } from '@vitrine/sdk';
    const page = await new Vitrine({ baseUrl: ${JSON.stringify(server.url)}, apiKey: process.env.KEY, retries: 0 }).listings.list();
    console.log(String(page.listings.length));`;
  const node = (more: Record<string, string>) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', stdio: 'pipe', env: { ...process.env, KEY: key, ...more } });
  expect(Number(node({ NODE_EXTRA_CA_CERTS: authority() }))).toBeGreaterThan(0);
  expect(() => node({})).toThrow();
});

test('SIGHUP makes it look at its certificate again, and ends nothing', async () => {
  const before = server.log().length;
  server.hangUp();
  await expect.poll(() => server.log().slice(before)).toContain('tls.certificate_shown');
  const page = await trusting.newPage();
  await page.goto(server.url);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.close();
});

test('over plain HTTP from another machine the page says what is missing and what to do', async () => {
  const plain = new Server('0.0.0.0');
  await plain.start();
  // Under this machine's own name a page is no longer "of this machine" to a browser, wherever the name leads.
  const name = hostname().toLowerCase();
  const browser = await browserOf(undefined, [`--host-resolver-rules=MAP ${name} 127.0.0.1`]);
  const page = await browser.newPage();
  await page.goto(`http://${name}:${plain.port}`);
  await page.getByLabel('Setup code').fill(plain.setupCode());
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make my account' }).click();
  await expect(page.getByText('Opened over plain HTTP')).toBeVisible();
  if (process.env['SCREENSHOTS']) await page.screenshot({ path: join(process.env['SCREENSHOTS'], 'plain.png') });
  await page.getByRole('link', { name: 'What to do' }).click();
  await expect(page.getByText('vitrine serve --listen 0.0.0.0:8080 --tls')).toBeVisible();

  await page.goto(`http://127.0.0.1:${plain.port}`);
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Drop photos here')).toBeVisible();
  await expect(page.getByText('Opened over plain HTTP')).toHaveCount(0);
  await browser.close();
  await plain.stop();
});
