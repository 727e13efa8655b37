/** The event log, followed live: what changed, in order, resumed after a break. */
import type { Client } from './client.js';

export interface Event {
  id: number;
  kind: string;
  subject: string;
  data: unknown;
  at: string;
}

export type Listener = (event: Event) => void;

/** `resync` says that some events were lost: load again what you show. */
export const resync: Event = { id: 0, kind: 'resync', subject: '', data: null, at: '' };

/**
 * One WebSocket for everybody who listens; it is opened by the first listener, closed after the last, and opened again
 * with growing pauses when it breaks. A browser has only six HTTP/1.1 connections, so this is not an EventSource.
 */
export class Events {
  #listeners = new Set<Listener>();
  #socket: WebSocket | undefined;
  #last = 0;
  #attempt = 0;

  constructor(private readonly client: Client) {}

  /** Calls `listener` for every event from now on; the returned function stops it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#close();
    };
  }

  /** The next event that fits, or undefined after the time has passed or where there is no WebSocket. */
  next(fits: (event: Event) => boolean, options: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<Event | undefined> {
    return new Promise((resolve, reject) => {
      const stop = this.listen((event) => (fits(event) || event === resync) && done(event));
      const timer = setTimeout(() => done(undefined), options.timeoutMs);
      const abort = () => {
        done(undefined);
        reject(options.signal?.reason);
      };
      const done = (event: Event | undefined) => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', abort);
        stop();
        resolve(event);
      };
      options.signal?.addEventListener('abort', abort, { once: true });
    });
  }

  #open() {
    if (this.#socket || typeof WebSocket === 'undefined' || typeof location === 'undefined') return;
    const query = this.#last ? { after: this.#last } : {};
    const address = new URL(this.client.url('/api/v1/events/socket', query), location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = (this.#socket = new WebSocket(address));
    socket.onmessage = (message) => this.#take(JSON.parse(message.data as string));
    socket.onopen = () => {
      if (this.#attempt > 0) this.#tell(resync);
      this.#attempt = 0;
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (this.#listeners.size > 0) setTimeout(() => this.#listeners.size > 0 && this.#open(), Math.min(15_000, 500 * 2 ** this.#attempt++));
    };
  }

  #close() {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #take(event: Partial<Event>) {
    if (event.kind === 'resync') return this.#tell(resync);
    this.#last = event.id ?? this.#last;
    this.#tell(event as Event);
  }

  #tell(event: Event) {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
