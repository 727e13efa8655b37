/** Where phones come in. */
import type { components } from './generated.js';
import type { Client } from './client.js';

export type WayIn = components['schemas']['AppWayIn'];

export class Phone {
  constructor(private readonly client: Client) {}

  /** What to open on a phone, and what to trust before. */
  async wayIn(): Promise<WayIn> {
    return (await this.client.request<WayIn>('GET', '/api/v1/phone')).body;
  }

  /** The address to open first as a QR code: an SVG image. None when only the server's own machine is listened to. */
  codeUrl(): string {
    return this.client.url('/api/v1/phone/code.svg');
  }
}
