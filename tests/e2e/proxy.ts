/** A reverse proxy as people put before vitrine: TLS here, plain HTTP behind, X-Forwarded-* added, WebSockets passed on. */
import { createServer } from 'node:https';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Proxy {
  port: number;
  close(): void;
}

export function startProxy(pem: string, behind: () => number): Promise<Proxy> {
  const headersOf = (incoming: IncomingMessage) => ({
    ...incoming.headers,
    'x-forwarded-for': incoming.socket.remoteAddress!,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': incoming.headers.host!,
    host: `127.0.0.1:${behind()}`, // as nginx sends it unless told otherwise
  });
  const onward = (incoming: IncomingMessage) =>
    request({ host: '127.0.0.1', port: behind(), method: incoming.method, path: incoming.url, headers: headersOf(incoming) });

  const server = createServer({ key: pem, cert: pem }, (incoming, outgoing) => {
    const passed = onward(incoming);
    passed.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    const passed = onward(incoming);
    passed.on('upgrade', (answer, socket, rest) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      client.write(rest);
      socket.write(head);
      socket.pipe(client).on('error', () => socket.destroy());
      client.pipe(socket).on('error', () => client.destroy());
    });
    passed.on('response', () => client.destroy());
    passed.on('error', () => client.destroy());
    passed.end();
  });
  return new Promise((ready) =>
    server.listen(0, '127.0.0.1', () =>
      ready({
        port: (server.address() as AddressInfo).port,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      }),
    ),
  );
}
