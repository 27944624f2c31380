import { describe, expect, it } from "vitest";
import type { OfferEvent } from "../../../src/model/event.ts";
import { report, userFailure } from "../../../src/model/failure.ts";
import { serviceName } from "../../../src/model/names.ts";
import { nextOffers, type Offer, offerInWords } from "../../../src/state/offers.ts";
import { emptyView, nextView } from "../../../src/state/view.ts";

const [books, web] = [serviceName("books"), serviceName("web")];
const offered = (service: typeof books, build: number): OfferEvent => ({
  type: "buildOffered",
  service,
  build: `ci:${build}`,
  from: "ci:124",
});
const openAfter = (...events: readonly OfferEvent[]) => events.reduce<readonly Offer[]>(nextOffers, []);
const viewAfter = (...events: readonly OfferEvent[]) =>
  events.reduce((view, event) => nextView(view, { ...event, at: 1 }), emptyView);

describe("offers", () => {
  it("wait in the order in which they came", () => {
    const open = openAfter(offered(books, 125), offered(web, 130));
    expect(open.map(({ service }) => service)).toEqual(["books", "web"]);
    expect(offerInWords(open)).toBe("books 125 is green: [t]ake it, [p]in 124, [n]ot now (1 more)");
  });

  it("of one service are one: the newest, in the place of the older", () => {
    const open = openAfter(offered(books, 125), offered(web, 130), offered(books, 126));
    expect(open.map(({ service, build }) => `${service} ${build}`)).toEqual(["books ci:126", "web ci:130"]);
  });

  it.each<OfferEvent>([
    { type: "buildWanted", service: books, build: "ci:125" },
    { type: "offerDeclined", service: books, build: "ci:125" },
    { type: "offerGone", service: books, build: "ci:125" },
  ])("are closed by $type", (event) => {
    expect(openAfter(offered(books, 125), offered(web, 130), event).map(({ service }) => service)).toEqual(["web"]);
  });

  it("of which there are none need no words", () => {
    expect(offerInWords(openAfter())).toBeUndefined();
  });
});

describe("what became of a taken build", () => {
  const wanted: OfferEvent = { type: "buildWanted", service: books, build: "ci:125" };

  it("is known until there is another", () => {
    expect(viewAfter(offered(books, 125), wanted).takings.get(books)).toEqual({ build: "ci:125", is: "running" });
    const taken: OfferEvent = { type: "buildTaken", service: books, build: "ci:125", ms: 17 };
    expect(viewAfter(wanted, taken).takings.get(books)).toEqual({ build: "ci:125", is: "done", ms: 17 });
    expect(viewAfter(wanted, taken, offered(books, 126)).takings.size).toBe(0);
  });

  it("is its failure where it did not answer", () => {
    const failure = report(userFailure("does not answer"));
    const view = viewAfter(wanted, { type: "buildNotTaken", service: books, build: "ci:125", failure });
    expect(view.takings.get(books)).toEqual({ build: "ci:125", is: "failed", failure });
  });
});
