/** The console in a browser: opened, looked at, and watched for what must never happen in it. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { View } from '../../../src/events/view.js';

/** What the page itself draws: `quorate` in its scripts, see `src/console/page/state.ts`. */
export interface Moment {
  readonly at: number;
  readonly isPast: boolean;
  readonly view: View;
}

export class ConsolePage {
  readonly page: Page;
  /** Errors of scripts and of the console, and requests to another host. */
  readonly faults: string[] = [];
  readonly #context: BrowserContext;

  private constructor(page: Page, context: BrowserContext, host: string) {
    this.page = page;
    this.#context = context;
    page.on('pageerror', (error) => this.faults.push(error.stack ?? error.message));
    page.on('console', (message) => {
      // A request that is refused or cut off is told of by the page, in words.
      const isOfNetwork = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isOfNetwork) this.faults.push(message.text());
    });
    page.on('request', (request) => this.#meet(request.url(), host));
    page.on('websocket', (socket) => this.#meet(socket.url(), host));
  }

  /** `host`: with its port. Resolves when the page has been told something. */
  static async open(
    browser: Browser,
    host: string,
    address = '#/cluster',
    options: BrowserContextOptions = {},
  ): Promise<ConsolePage> {
    const viewport = { width: 1280, height: 800 };
    const context = await browser.newContext({ viewport, ...options });
    const opened = new ConsolePage(await context.newPage(), context, host);
    await opened.page.goto(`http://${host}/${address}`);
    await opened.page.locator('.verdict .sign, .band.recording').first().waitFor();
    return opened;
  }

  /** Goes to a view; what was there is gone. */
  async go(address: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(address)}`);
    // Keys are the page's again, not a field's.
    await this.page.evaluate('document.activeElement?.blur()');
  }

  /** Resolves when some element of this kind has such a text. */
  async sees(selector: string, text: string | RegExp, timeout = 45_000): Promise<void> {
    await this.page.locator(selector, { hasText: text }).first().waitFor({ timeout });
  }

  /** What is read there. */
  async text(selector: string): Promise<string> {
    return (await this.page.locator(selector).first().textContent()) ?? '';
  }

  moment(): Promise<Moment> {
    return this.page.evaluate<Moment>(
      '({ at: quorate.moment.at, isPast: quorate.moment.isPast, view: quorate.moment.view })',
    );
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  #meet(url: string, host: string): void {
    const { protocol, host: asked } = new URL(url);
    if (['http:', 'https:', 'ws:', 'wss:'].includes(protocol) && asked !== host) {
      this.faults.push(`a request to ${url}`);
    }
  }
}
