/** Tells its listeners; with `tellsLast`, a new one hears the last news at once. */
export class Channel<News> {
  readonly #listeners = new Set<(news: News) => void>();
  readonly #tellsLast: boolean;
  #last: { readonly news: News } | undefined;

  constructor({ tellsLast }: { readonly tellsLast: boolean }) {
    this.#tellsLast = tellsLast;
  }

  readonly listen = (listener: (news: News) => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#last !== undefined) listener(this.#last.news);
    return () => this.#listeners.delete(listener);
  };

  tell(news: News): void {
    if (this.#tellsLast) this.#last = { news };
    for (const listener of this.#listeners) listener(news);
  }
}
