/** Chromium as a person has it who trusts, or does not trust, a certificate authority. */
import { chromium, type Browser } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import config from './playwright.config';

/** On Linux, Chromium asks the NSS database of its user. `flags` are Chromium's. */
export async function browserOf(authority?: string, flags: string[] = []): Promise<Browser> {
  const home = mkdtempSync(join(tmpdir(), 'vitrine-home-'));
  const database = join(home, '.pki/nssdb');
  mkdirSync(database, { recursive: true });
  execFileSync('certutil', ['-N', '-d', `sql:${database}`, '--empty-password']);
  if (authority) execFileSync('certutil', ['-A', '-d', `sql:${database}`, '-t', 'C,,', '-n', 'vitrine', '-i', authority]);
  const usual = config.use!.launchOptions!;
  const browser = await chromium.launch({
    executablePath: usual.executablePath!,
    args: [...usual.args!, ...flags],
    env: { ...(process.env as Record<string, string>), HOME: home },
  });
  browser.on('disconnected', () => rmSync(home, { recursive: true, force: true }));
  return browser;
}
