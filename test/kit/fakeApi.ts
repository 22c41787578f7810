import * as http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a fake sees it. */
export interface Call {
  /** `METHOD path`. */
  call: string;
  url: URL;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** A service of the control plane that a test stands in for, on a port of this machine. */
export abstract class FakeApi {
  /** Requests whose `METHOD path` matches `call` are refused: the answer is 403, with the text `says`. */
  refusal?: { call: RegExp; says: string };
  private readonly server = http.createServer((request, response) => void this.serve(request, response));

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  protected get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Status and body of what answers a request. */
  protected abstract answer(request: Call): [number, object?] | Promise<[number, object?]>;

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const body = String(Buffer.concat(chunks));
    const call = `${request.method} ${url.pathname}`;
    const [status, answer] = this.refusal?.call.test(call)
      ? [403, { forbidden: { code: 403, message: this.refusal.says } }]
      : await this.answer({ call, url, headers: request.headers, body });
    response.writeHead(status).end(answer === undefined ? '' : JSON.stringify(answer));
  }
}
