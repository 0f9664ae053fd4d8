// <session-runtime Visit>
// Generated from the Rust struct `Visit`. To write it anew: SESSION_BLESS=1 cargo test
declare namespace App {
  /** A visit that `astro/src/pages/visit.astro` shows and continues. */
  interface SessionData {
    customer: Visit.Customer;
    cart: Visit.Line[];
    step: Visit.Step;
    begun: Date;
    balance: bigint;
    prices: Map<number, number>;
    lookedAt: Set<string>;
    /** Where the visitor came from. */
    from: URL;
    seal: Uint8Array;
    /** More than 2^53 are a bigint. */
    clicks: number | bigint;
  }

  namespace Visit {
    /** Who is signed in. */
    interface Customer {
      email: string | null;
      /** The languages they read, once they have said so. */
      languages?: string[];
      name: string;
    }

    interface Line {
      count: number;
      note: string | null;
      product: string;
    }

    /** How far the visit has come. */
    type Step =
      | { at: "looking" }
      | { amount: number; at: "paying" }
      | { at: "done"; order: number };
  }
}
// </session-runtime Visit>
