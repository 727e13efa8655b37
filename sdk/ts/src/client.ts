/** One function does all fetching: base address, credential, timeout, retry with backoff, idempotency key, problems. */

/** The server's answer to something it could not do: application/problem+json. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    /** Stable, for programs: "listing.not_found". */
    readonly code: string,
    /** For a person, with what to do. */
    readonly detail: string,
    /** Where in the input, when it applies: "$.category". */
    readonly path?: string,
    readonly requestId?: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

/** Nothing came back: no network, a timeout, a server that is gone. */
export class Unreachable extends Error {
  constructor(reason: unknown) {
    super('The server does not answer. Check that it runs and that you are online.', { cause: reason });
    this.name = 'Unreachable';
  }
}

export interface ClientOptions {
  /** "http://127.0.0.1:8080", "https://192.168.1.5:8080"; empty: the page's own origin, signed in by cookie. */
  baseUrl?: string;
  /** API key, sent as X-API-Key. */
  apiKey?: string;
  /** Milliseconds a request may take; default 30 000. Uploads get ten times as long. */
  timeoutMs?: number;
  /** How often a request that may be repeated is tried again after 429, 503 or silence; default 3. */
  retries?: number;
  fetch?: typeof globalThis.fetch;
}

export interface RequestOptions {
  body?: unknown;
  form?: FormData;
  headers?: Record<string, string>;
  query?: Record<string, string | number | boolean | undefined>;
  signal?: AbortSignal;
}

export interface Answer<T> {
  body: T;
  status: number;
  etag: string | null;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** 128 random bits. Browsers keep crypto.randomUUID from pages that came over plain HTTP from another machine; this they give to all. */
const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Full jitter: between nothing and the doubled pause. */
const pause = (attempt: number) => Math.random() * Math.min(8000, 250 * 2 ** attempt);

export class Client {
  readonly #options: Required<Omit<ClientOptions, 'apiKey'>> & { apiKey: string | undefined };

  constructor(options: ClientOptions = {}) {
    this.#options = {
      baseUrl: (options.baseUrl ?? '').replace(/\/$/, ''),
      apiKey: options.apiKey,
      timeoutMs: options.timeoutMs ?? 30_000,
      retries: options.retries ?? 3,
      fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    };
  }

  /** The absolute or origin-relative address of an API path. */
  url(path: string, query: RequestOptions['query'] = {}): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
    return this.#options.baseUrl + path + (search.size > 0 ? `?${search}` : '');
  }

  /** Sends one request. A POST carries an idempotency key, so every method may be repeated. */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
    if (this.#options.apiKey) headers['X-API-Key'] = this.#options.apiKey;
    if (options.body !== undefined) headers['Content-Type'] = 'application/json';
    if (method === 'POST') headers['Idempotency-Key'] ??= randomId();

    for (let attempt = 0; ; ++attempt) {
      const last = attempt >= this.#options.retries;
      let response: Response;
      try {
        response = await this.#fetchOnce(method, path, options, headers);
      } catch (reason) {
        if (options.signal?.aborted) throw reason;
        if (last) throw new Unreachable(reason);
        await wait(pause(attempt));
        continue;
      }
      if (response.ok) {
        const text = await response.text();
        return { body: (text ? JSON.parse(text) : undefined) as T, status: response.status, etag: response.headers.get('ETag') };
      }
      const problem = await readProblem(response);
      const mayPass = problem.status === 429 || problem.status === 503 || problem.code === 'auth.idempotency_running';
      if (!mayPass || last) throw problem;
      await wait(problem.retryAfterSeconds ? problem.retryAfterSeconds * 1000 : pause(attempt));
    }
  }

  async #fetchOnce(method: string, path: string, options: RequestOptions, headers: Record<string, string>): Promise<Response> {
    const timeout = AbortSignal.timeout(this.#options.timeoutMs * (options.form ? 10 : 1));
    const signal = options.signal ? anyOf(options.signal, timeout) : timeout;
    const body = options.form ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    return this.#options.fetch(this.url(path, options.query), { method, headers, signal, credentials: 'same-origin', ...(body === undefined ? {} : { body }) });
  }
}

function anyOf(...signals: AbortSignal[]): AbortSignal {
  const both = new AbortController();
  for (const signal of signals) signal.addEventListener('abort', () => both.abort(signal.reason), { once: true });
  return both.signal;
}

async function readProblem(response: Response): Promise<Problem> {
  const after = Number(response.headers.get('Retry-After')) || undefined;
  try {
    const body = await response.json();
    return new Problem(response.status, body.code ?? 'unknown', body.detail ?? response.statusText, body.path, body.request_id, after);
  } catch {
    return new Problem(response.status, 'unknown', `The server answered ${response.status}.`, undefined, undefined, after);
  }
}
