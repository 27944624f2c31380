/** Each has its keys in `<page>-keys.ts` and is drawn by `<page>-page.ts`; press.ts and frame.ts list them. */
export type Page = "services" | "logs" | "repositories" | "detail";
