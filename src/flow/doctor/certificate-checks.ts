import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import type { Check } from "../../model/check.ts";
import type { Address, Endpoint, Tls } from "../../model/endpoint.ts";
import { Failure } from "../../model/failure.ts";
import { dockerCandidates } from "../../provider/address.ts";
import type { Machine } from "../machine.ts";

/** A certificate on the way to a daemon, and its time. */
export interface DatedCertificate {
  /** `the daemon's certificate`. */
  readonly what: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
  /** How to make another. */
  readonly do: string;
}

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

/** How long the daemon may take to show its certificate. */
const WITHIN_MS = 3000;

/**
 * The dates of the certificates between this machine and a daemon behind TLS. Where the daemon is not trusted because one
 * of them is out of date there is no endpoint, so the address is taken from what Docker's own client would look at.
 */
export async function certificateChecks(endpoint: Endpoint | undefined, machine: Machine): Promise<Check[]> {
  const addresses = endpoint === undefined ? await namedAddresses(machine) : [endpoint.address];
  const found = await Promise.all(addresses.map(certificatesOf));
  return datesChecks(found.flat(), machine.clock.now());
}

async function namedAddresses(machine: Machine): Promise<Address[]> {
  try {
    return (await dockerCandidates(machine)).candidates.map(({ address }) => address);
  } catch (thrown) {
    if (thrown instanceof Failure) return [];
    throw thrown;
  }
}

async function certificatesOf(address: Address): Promise<DatedCertificate[]> {
  if (address.kind !== "tcp" || address.tls === undefined) return [];
  const { host, port, tls } = address;
  const renew = `make it anew in ${tls.folder}, signed by the authority that the daemon trusts`;
  const ours = [
    { what: "the authority of the daemon's certificate (ca.pem)", pem: tls.ca },
    { what: "your certificate for the daemon (cert.pem)", pem: tls.cert },
  ].flatMap(({ what, pem }) => dated(what, pem, renew));
  const shown = await shownBy(host.replace(/^\[(.*)\]$/, "$1"), port, tls);
  return [
    ...ours,
    ...dated("the daemon's certificate", shown, "make it anew (dockerd's --tlscert), and start dockerd anew"),
  ];
}

function dated(what: string, pem: string | Buffer | undefined, remedy: string): DatedCertificate[] {
  if (pem === undefined) return [];
  try {
    const { validFrom, validTo } = new X509Certificate(pem);
    return [{ what, from: Date.parse(validFrom), until: Date.parse(validTo), do: remedy }];
  } catch {
    return []; // No certificate at all: what answers with it says so.
  }
}

/** What a daemon shows of itself, whether it is trusted or not; nothing is sent to it. */
function shownBy(host: string, port: number, { ca, cert, key }: Tls): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, ca, cert, key, rejectUnauthorized: false, timeout: WITHIN_MS });
    const end = (shown?: Buffer) => {
      resolve(shown);
      socket.destroy();
    };
    socket.once("secureConnect", () => end(socket.getPeerCertificate().raw));
    for (const event of ["error", "timeout", "close"] as const) socket.on(event, () => end());
  });
}

/** @param now milliseconds since the epoch */
export function datesChecks(certificates: readonly DatedCertificate[], now: number): Check[] {
  const troubles = certificates.flatMap((certificate) => troubleOf(certificate, now) ?? []);
  const first = Math.min(...certificates.map(({ until }) => until));
  if (troubles.length > 0 || certificates.length === 0) return troubles;
  return [{ name: "certificates", state: "ok", what: `those of the daemon count until ${day(first)}` }];
}

function troubleOf({ what, from, until, do: remedy }: DatedCertificate, now: number): Check | undefined {
  const name = "certificates";
  const why = "the daemon is not trusted without, or does not trust you";
  if (now > until) return { name, state: "bad", what: `${what} counts no more since ${day(until)}`, why, do: remedy };
  if (now < from) {
    const remedies = `set this machine's clock, if it is that; else ${remedy}`;
    return { name, state: "bad", what: `${what} counts from ${day(from)} on only`, why, do: remedies };
  }
  if (until - now > SOON_DAYS * DAY_MS) return undefined;
  return { name, state: "warn", what: `${what} counts until ${day(until)} only`, why, do: remedy };
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
