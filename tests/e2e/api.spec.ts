/** Programs: the SDK and plain fetch against the real server. */
import { expect, test } from '@playwright/test';
import { readFileSync, readdirSync } from 'node:fs';
import { Problem, Vitrine } from '@vitrine/sdk';
import { sample, Server } from './server';

const server = new Server();
const password = 'a long enough password';
let vitrine: Vitrine;
let cookie = '';

test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  await server.start();
  const made = await post('/api/v1/setup', { code: server.setupCode(), name: 'Ada', password });
  cookie = made.headers.get('set-cookie')!.split(';')[0]!;
  const key = await (await post('/api/v1/api-keys', { name: 'test', scopes: ['upload', 'read', 'write'] })).json();
  vitrine = new Vitrine({ baseUrl: server.url, apiKey: key.secret });
});
test.afterAll(() => server.stop());

const post = (path: string, body: unknown) =>
  fetch(server.url + path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', Origin: server.url, Cookie: cookie } });

function upload(kind: string) {
  const name = readdirSync(sample('')).find((each) => each.startsWith(kind))!;
  return { name, data: new Blob([readFileSync(sample(name))]) };
}

test('create gives a promise of the finished draft', async () => {
  const drafting = await vitrine.listings.create([upload('skirt')]);
  expect(drafting.created).toBe(true);
  const draft = await drafting.finished();
  expect(draft.state).toBe('draft');
  expect(draft.fields.condition.value).toBeUndefined();
});

test('the same photo again is the earlier listing, unless asked', async () => {
  const again = await vitrine.listings.create([upload('skirt')]);
  expect(again.created).toBe(false);
  expect(again.duplicate_of).toBe(again.listing);
  const second = await vitrine.listings.create([upload('skirt')], { again: true });
  expect(second.created).toBe(true);
  expect(second.duplicate_of).toBe(again.listing);
  await second.finished();  // the tests below correct it, and a draft that arrives meanwhile would be a newer version
});

test('no key approves: that is a person’s act', async () => {
  const page = await vitrine.listings.list();
  await expect(vitrine.listings.approve(page.listings[0]!.id)).rejects.toMatchObject({ status: 403 });
});

test('an unknown field and an unknown category are named by their path', async () => {
  const [listing] = (await vitrine.listings.list()).listings;
  const failure = async (fields: object) => (await vitrine.listings.correct(listing!, fields).catch((error) => error)) as Problem;
  expect(await failure({ colour: 'blue' })).toMatchObject({ path: '$.colour' });
  expect(await failure({ category: 'spaceship' })).toMatchObject({ code: 'listing.unknown_category', path: '$.category' });
});

test('a stale version is refused with 412', async () => {
  const [listing] = (await vitrine.listings.list()).listings;
  await vitrine.listings.correct(listing!, { brand: 'Gap' });
  await expect(vitrine.listings.correct(listing!, { brand: 'Next' })).rejects.toMatchObject({ status: 412, code: 'listing.changed' });
});

test('search finds by words in title and brand', async () => {
  expect((await vitrine.listings.list({ q: 'gap' })).listings.length).toBeGreaterThan(0);
  expect((await vitrine.listings.list({ q: 'zeppelin' })).listings.length).toBe(0);
});

test('bad input gets a clear error', async () => {
  const cases: [string, Uint8Array, string][] = [
    ['empty.jpg', new Uint8Array(), 'photo.empty'],
    ['text.jpg', new TextEncoder().encode('hello, I am no photo at all'), 'photo.format'],
    ['cut.jpg', readFileSync(sample(upload('hat').name)).subarray(0, 40), 'photo.'],
  ];
  for (const [name, bytes, code] of cases) {
    const error = (await vitrine.listings.create([{ name, data: new Blob([bytes]) }]).catch((each) => each)) as Problem;
    expect(error.code, name).toContain(code);
    expect(error.detail.length, name).toBeGreaterThan(10);
  }
  const many = Array.from({ length: 21 }, (_, i) => ({ ...upload('hat'), name: `${i}.jpg` }));
  await expect(vitrine.listings.create(many)).rejects.toMatchObject({ code: 'http.too_many_files' });
  const odd = await vitrine.listings.create([{ ...upload('hat'), name: '../../etc/passwd' }]);
  // A name that would lead out of a folder is data: it is kept as it came and names no file.
  expect((await odd.finished()).photos[0]!.file_name).toMatch(/passwd$/);
});

test('events tell a program what happened, from where it stopped', async () => {
  const response = await fetch(`${server.url}/api/v1/events?after=0`, { headers: { Cookie: cookie } });
  const reader = response.body!.getReader();
  let text = '';
  while (!text.includes('listing.created')) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  expect(text).toMatch(/^id: \d+/m);
});

test('metrics count drafts', async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).toContain('vitrine_draft_seconds_count');
});
