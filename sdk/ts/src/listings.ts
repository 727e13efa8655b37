/** Listings: from photos to an approved draft. */
import type { components } from './generated.js';
import type { Client } from './client.js';
import type { Events } from './events.js';

export type Listing = components['schemas']['ListingListing'];
export type Made = components['schemas']['ListingMade'];
export type Page = components['schemas']['ListingPage'];
export type Corrections = components['schemas']['ListingCorrections'];
export type Fields = components['schemas']['ListingFields'];
export type Evidence = components['schemas']['ListingEvidence'];
export type Remark = components['schemas']['ListingRemark'];
export type Photo = components['schemas']['ListingPhoto'];
export type State = Listing['state'];
export type Markets = components['schemas']['ListingMarkets'];
export type Market = Listing['market'];
export type Twin = components['schemas']['ListingTwin'];
export type Similar = components['schemas']['ListingSimilar'];
export type SimilarListing = components['schemas']['ListingSimilarListing'];
export type Redo = components['schemas']['ListingRedo'];

export interface ListQuery {
  state?: State;
  q?: string;
  category?: string;
  brand?: string;
  missing?: string;
  limit?: number;
  cursor?: string;
}

/** A photo to upload: a browser File, or bytes with a name. */
export interface Upload {
  name: string;
  data: Blob;
}

/** A part of an upright photo, in parts of it: 0, 0, 1, 1 is all of it. */
export interface Region {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** What create() gives: the listing's id now, its draft when it is finished. */
export interface Drafting extends Made {
  /** The listing once its draft is there, or once it failed (state "failed", problem in words). */
  finished(options?: { signal?: AbortSignal }): Promise<Listing>;
}

export const settled = (listing: Listing) => listing.state !== 'received' && listing.state !== 'drafting';

export class Listings {
  constructor(
    private readonly client: Client,
    private readonly events: Events,
  ) {}

  /**
   * Uploads the photos of one item. The same photos again give the earlier listing (created: false). `market` is where it
   * will be sold, whose rules it is reviewed by; without it, the server's usual one.
   */
  async create(photos: Upload[], options: { language?: 'en' | 'it'; market?: Market; again?: boolean } = {}): Promise<Drafting> {
    const { body } = await this.client.request<Made>('POST', '/api/v1/listings', { form: formOf(photos, options) });
    return { ...body, finished: (wait) => this.finished(body.listing, wait) };
  }

  async createByHand(fields: Corrections): Promise<Listing> {
    return (await this.client.request<Listing>('POST', '/api/v1/listings/by-hand', { body: fields })).body;
  }

  /** The marketplaces whose rules are known, and the one for listings that name none. */
  async markets(): Promise<Markets> {
    return (await this.client.request<Markets>('GET', '/api/v1/markets')).body;
  }

  async find(id: string): Promise<Listing> {
    return (await this.client.request<Listing>('GET', `/api/v1/listings/${id}`)).body;
  }

  async list(query: ListQuery = {}): Promise<Page> {
    return (await this.client.request<Page>('GET', '/api/v1/listings', { query: { ...query } })).body;
  }

  /** What looks like it among your own, closest first; what is not close enough is left out. */
  async similar(id: string, options: { limit?: number } = {}): Promise<Similar> {
    return (await this.client.request<Similar>('GET', `/api/v1/listings/${id}/similar`, { query: { ...options } })).body;
  }

  /** The same for any photo, or a part of it. Nothing of the photo is kept. */
  async similarTo(photo: Upload, options: { region?: Region; limit?: number; signal?: AbortSignal } = {}): Promise<Similar> {
    const form = new FormData();
    if (options.region) form.set('region', regionText(options.region));
    if (options.limit) form.set('limit', String(options.limit));
    form.append('photo', photo.data, photo.name);
    const { body } = await this.client.request<Similar>('POST', '/api/v1/listings/similar', {
      form,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    return body;
  }

  /** Says that two listings show different things: `twins` then never names the one at the other. */
  async sayDifferent(id: string, other: string): Promise<Listing> {
    return (await this.client.request<Listing>('PUT', `/api/v1/listings/${id}/different/${other}`)).body;
  }
  async takeBackDifferent(id: string, other: string): Promise<Listing> {
    return (await this.client.request<Listing>('DELETE', `/api/v1/listings/${id}/different/${other}`)).body;
  }

  /** Sets fields; null gives one back to the machine. Fails with code "listing.changed" when somebody was faster. */
  async correct(listing: Pick<Listing, 'id' | 'version'>, fields: Corrections): Promise<Listing> {
    const headers = { 'If-Match': `"${listing.version}"` };
    return (await this.client.request<Listing>('PATCH', `/api/v1/listings/${listing.id}`, { body: fields, headers })).body;
  }

  approve = (id: string) => this.#act(id, 'approve');
  reject = (id: string) => this.#act(id, 'reject');
  reanalyze = (id: string) => this.#act(id, 'reanalyze');
  duplicate = (id: string) => this.#act(id, 'duplicate');
  trash = (id: string) => this.#act(id, 'trash');
  restore = (id: string) => this.#act(id, 'restore');

  /** Drafts again what was made with labels or models that have changed since; `dryRun` only says how many and why. */
  async redo(options: { dryRun?: boolean } = {}): Promise<Redo> {
    const body = { dry_run: options.dryRun ?? false };
    return (await this.client.request<Redo>('POST', '/api/v1/listings/redo', { body })).body;
  }

  async addPhotos(id: string, photos: Upload[]): Promise<Listing> {
    return (await this.client.request<Listing>('POST', `/api/v1/listings/${id}/photos`, { form: formOf(photos) })).body;
  }

  async removePhoto(id: string, photo: string): Promise<Listing> {
    return (await this.client.request<Listing>('DELETE', `/api/v1/listings/${id}/photos/${photo}`)).body;
  }

  /** Every photo of the listing once; the first becomes the primary one. */
  async orderPhotos(id: string, photos: string[]): Promise<Listing> {
    return (await this.client.request<Listing>('PUT', `/api/v1/listings/${id}/photos`, { body: { photos } })).body;
  }

  photoUrl(photo: string, size: 'thumb' | 'medium' | 'full' | 'original' = 'full'): string {
    return this.client.url(`/api/v1/photos/${photo}/${size}`);
  }

  /** Waits for the draft: woken by events, and asking every few seconds in case they do not come through. */
  async finished(id: string, options: { signal?: AbortSignal } = {}): Promise<Listing> {
    for (;;) {
      const listing = await this.find(id);
      if (settled(listing)) return listing;
      await this.events.next((event) => event.subject === id, { timeoutMs: 3000, signal: options.signal });
    }
  }

  async #act(id: string, verb: string): Promise<Listing> {
    return (await this.client.request<Listing>('POST', `/api/v1/listings/${id}/${verb}`)).body;
  }
}

/** Rounded inwards, so that what fits the photo still fits it. */
function regionText({ x, y, w, h }: Region): string {
  const cut = (value: number) => Math.floor(value * 1e4) / 1e4;
  return [cut(x), cut(y), cut(w), cut(h)].join(',');
}

function formOf(photos: Upload[], options: { language?: string; market?: string; again?: boolean } = {}): FormData {
  const form = new FormData();
  // Text fields first: the server reads them before it keeps the photos.
  if (options.language) form.set('language', options.language);
  if (options.market) form.set('market', options.market);
  if (options.again) form.set('again', 'true');
  for (const photo of photos) form.append('photo', photo.data, photo.name);
  return form;
}
