/** Each has its keys in `<page>-keys.ts` and is drawn by `<page>-page.tsx`; app.tsx and press.ts list them. */
export type Page = "services" | "logs" | "repositories" | "detail";
