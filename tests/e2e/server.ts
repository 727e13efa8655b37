/** A real server over a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env['VITRINE_BINARY'] ?? join(root, 'build/release/vitrine');

export const sample = (name: string) => join(root, 'samples/photos', name);
export const label = (name: string) => join(root, 'samples/labels', name);

export class Server {
  url = '';
  readonly data = mkdtempSync(join(tmpdir(), 'vitrine-e2e-'));
  #process: ChildProcess | undefined;
  #log = '';

  /** `host`: the address it listens on; `flags`: more of `vitrine serve`. */
  constructor(readonly host = '127.0.0.1', readonly flags: string[] = []) {}

  async start(port = 0): Promise<void> {
    this.#log = '';
    const flags = ['serve', '--data', this.data, '--listen', `${this.host}:${port}`, ...this.flags];
    const child = (this.#process = spawn(binary, flags, { stdio: ['ignore', 'ignore', 'pipe'] }));
    await new Promise<void>((ready, failed) => {
      child.stderr!.on('data', (bytes: Buffer) => {
        this.#log += bytes.toString();
        const line = this.#log.split('\n').find((each) => each.includes('"serve.ready"'));
        if (line) {
          this.url = JSON.parse(line).url;
          ready();
        }
      });
      child.on('exit', (code) => failed(new Error(`the server left with ${code}:\n${this.#log}`)));
    });
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  setupCode = () => readFileSync(join(this.data, 'setup-code'), 'utf8').trim();

  /** The log so far, and what it is told when its terminal or a tool that renews certificates asks it to look again. */
  log = () => this.#log;
  hangUp = () => this.#process!.kill('SIGHUP');

  /** Ends it at once, as a power cut would. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.data, { recursive: true, force: true });
  }

  #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null) return Promise.resolve();
    child.removeAllListeners('exit');
    return new Promise((gone) => {
      child.on('exit', () => gone());
      child.kill(signal);
    });
  }
}
