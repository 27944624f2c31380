// What the gateway answers, and how the page asks.

export interface Author {
  id: number;
  name: string;
  about: string;
}

export interface Review {
  book: number;
  reader: string;
  stars: number;
  words: string;
}

export interface Book {
  id: number;
  title: string;
  year: number;
  cover: string;
  blurb: string;
  author: Author;
  reviews: Review[];
  hearts: number;
}

export interface Shelf {
  motto: string;
  books: Book[];
  away: string[];
}

export interface Recommendation {
  book: number;
  hearts: number;
}

export interface SearchAnswer {
  query: string;
  hits: { id: number }[];
}

export interface ShopEvent {
  kind: string;
  text: string;
  book?: number;
  at: string;
}

const retryPauses = [50, 100, 200, 400, 800];

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** A gateway that is being swapped is back within a moment; only what stays away is an error. */
async function patiently(attempt: () => Promise<Response>, signal?: AbortSignal): Promise<Response> {
  for (const wait of retryPauses) {
    try {
      const response = await attempt();
      if (response.status !== 502) return response;
    } catch (error) {
      // The connection was refused or cut, which says nothing about the next one.
      if (signal?.aborted) throw error;
    }
    await pause(wait);
  }
  return attempt();
}

async function decoded<T>(response: Response): Promise<T> {
  const body: unknown = await response.json();
  if (response.ok) return body as T;
  const { error } = body as { error?: string };
  throw new Error(error ?? `the shop answered ${response.status}`);
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return decoded<T>(await patiently(() => fetch(path, signal ? { signal } : {}), signal));
}

/** Sent once: an answer that got lost does not mean that nothing was written. */
export async function post<T>(path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return decoded<T>(response);
}
