/** What a receiver is told, piece by piece: whoever writes them out asks for the next when one is out of this process. */
export class Outbox implements AsyncIterable<Buffer> {
  readonly #pieces: { readonly bytes: Buffer; readonly sent: () => void }[] = [];
  #isClosed = false;
  #wake: () => void = () => {};

  /** Resolves when it was written out, and its memory may be used again, or never will be: the box is closed. */
  send(bytes: Buffer): Promise<void> {
    return new Promise((sent) => {
      this.#pieces.push({ bytes, sent });
      if (this.#isClosed) this.close();
      else this.#wake();
    });
  }

  /** Nothing more is written out. */
  close(): void {
    this.#isClosed = true;
    for (const { sent } of this.#pieces.splice(0)) sent();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    while (!this.#isClosed) {
      const [piece] = this.#pieces;
      if (piece === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      yield piece.bytes;
      // Unless it was closed meanwhile.
      if (this.#pieces[0] === piece) this.#pieces.shift();
      piece.sent();
    }
  }
}
