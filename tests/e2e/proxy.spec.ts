/** vitrine behind a proxy that speaks HTTPS for it: public_url and trusted_proxies. */
import { expect, test } from '@playwright/test';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { browserOf } from './browser';
import { startProxy, type Proxy } from './proxy';
import { sample, Server } from './server';

const password = 'a long enough password';

/** A certificate that a browser can trust, made by a house that is gone afterwards. */
async function certificate() {
  const maker = new Server('127.0.0.1', ['--tls', '--workers', '0']);
  await maker.start();
  const pem = readFileSync(join(maker.data, 'tls/server.pem'), 'utf8');
  const authority = join(maker.data, 'tls/ca.pem');
  return { pem, authority, gone: () => maker.stop() };
}

test('a browser signs in through a trusted proxy, with a Secure cookie and a live socket', async () => {
  const made = await certificate();
  let behind: Server | undefined;
  const proxy: Proxy = await startProxy(made.pem, () => behind!.port);
  const url = `https://localhost:${proxy.port}`;
  behind = new Server('127.0.0.1', ['--workers', '0', '--public-url', url, '--trusted-proxies', '127.0.0.1']);
  await behind.start();
  const browser = await browserOf(made.authority);
  const context = await browser.newContext();
  const page = await context.newPage();
  const socket = page.waitForEvent('websocket');
  await page.goto(url);
  await page.getByLabel('Setup code').fill(behind.setupCode());
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make my account' }).click();
  await expect(page.getByText('Drop photos here')).toBeVisible();
  expect(await context.cookies()).toMatchObject([{ name: '__Host-vitrine_session', secure: true }]);
  const open = await socket;
  expect(open.isClosed()).toBe(false);
  // What happens elsewhere comes through it.
  const said = open.waitForEvent('framereceived');
  const photo = sample(readdirSync(sample('')).find((name) => name.startsWith('skirt'))!);
  await page.getByLabel('Choose photos').setInputFiles(photo);
  await said;
  await expect(page.locator('a.card').first()).toBeVisible();
  await page.goto(`${url}/phone`);
  await expect(page.getByRole('link', { name: url })).toBeVisible();

  // A name that the proxy hands on is checked like any other.
  const foreign = await fetch(`http://127.0.0.1:${behind.port}/api/v1/me`, { headers: { 'X-Forwarded-Host': 'evil.example' } });
  expect(foreign.status).toBe(421);
  await browser.close();
  proxy.close();
  await behind.stop();
  await made.gone();
});
