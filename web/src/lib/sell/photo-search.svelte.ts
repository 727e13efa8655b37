import type { Region, Similar, Upload } from '@vitrine/sdk';
import { sentence, vitrine } from '$lib/vitrine';

type State =
  | { kind: 'off' }
  | { kind: 'looking' }
  | { kind: 'found'; answer: Similar }
  | { kind: 'failed'; problem: string };

/** A search among one's own things by a photo, or by a part of it. The photo stays in the browser and in the one request. */
class PhotoSearch {
  state = $state<State>({ kind: 'off' });
  photo = $state<Upload | undefined>();
  /** The photo, for an image element. */
  address = $state('');
  region = $state<Region | undefined>();
  #running: AbortController | undefined;

  start(photo: Upload) {
    this.clear();
    this.photo = photo;
    this.address = URL.createObjectURL(photo.data);
    this.look();
  }

  /** Undefined: the whole photo. */
  within(region: Region | undefined) {
    this.region = region;
    this.look();
  }

  async look() {
    if (!this.photo) return;
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    this.state = { kind: 'looking' };
    try {
      const region = this.region ? { region: { ...this.region } } : {};
      const answer = await vitrine.listings.similarTo(this.photo, { ...region, signal: running.signal });
      if (running === this.#running) this.state = { kind: 'found', answer };
    } catch (error) {
      if (running === this.#running) this.state = { kind: 'failed', problem: sentence(error) };
    }
  }

  clear() {
    this.#running?.abort();
    this.#running = undefined;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = '';
    this.photo = undefined;
    this.region = undefined;
    this.state = { kind: 'off' };
  }
}

export const photoSearch = new PhotoSearch();
