// <session-runtime Auth>
// Generated from the Rust struct `Auth`. To write it anew: SESSION_BLESS=1 cargo test
declare namespace App {
  /** A second struct in the same file. */
  interface SessionData {
    /** Types of the same name as another struct's do not collide. */
    "auth:product": Auth.Product;
    "auth:attempts": number;
  }

  namespace Auth {
    /** Something to buy. */
    interface Product {
      "in-stock": boolean;
      /** What it is called. */
      name: string;
      note?: string | null;
      priceInCents: number;
      tags: string[];
    }
  }
}
// </session-runtime Auth>

// <session-runtime Everything>
// Generated from the Rust struct `Everything`. To write it anew: SESSION_BLESS=1 cargo test
declare namespace App {
  /**
   * A session with something of everything.
   *
   * Ends here *\/ or not.
   */
  interface SessionData {
    flag: boolean;
    small: number;
    /** Beyond 2^53 it is a bigint. */
    wide: number | bigint;
    huge: number | bigint;
    size: number | bigint;
    ratio: number;
    half: number;
    letter: string;
    /**
     * What was typed in.
     *
     * Kept for an hour.
     */
    text: string;
    secret: string;
    nothing: null;
    maybe: string | null;
    maybeWide: number | bigint | null;
    list: number[];
    options: (number | bigint | null)[];
    pair: [string, number];
    triple: [number, number, number];
    key: number[];
    byName: Record<string, Everything.Product>;
    byNumber: Record<string, boolean>;
    byColor: { blue?: number; "dark-green"?: number; red?: number };
    unique: string[];
    color: Everything.Color;
    external: Everything.External;
    internal: Everything.Internal;
    adjacent: Everything.Adjacent;
    untagged: Everything.Untagged;
    tree: Everything.Tree;
    directory: Everything.Directory;
    page: Everything.Page;
    otherPage: Everything.Page2;
    userId: Everything.Id;
    flattened: Everything.Flattened;
    record: Everything.Record_2;
    unit: Everything.Unit;
    empty: Everything.Empty;
    anything: unknown;
    date: Date;
    maybeDate: Date | null;
    map: Map<number, Everything.Product>;
    set: Set<Everything.Color>;
    url: URL;
    pattern: RegExp;
    bigint: bigint;
    bytes: Uint8Array;
    undefined: number | undefined;
    spelt: string;
    marked: Everything.Marked;
    "with-dash": number;
  }

  namespace Everything {
    /** Something to buy. */
    interface Product {
      "in-stock": boolean;
      /** What it is called. */
      name: string;
      note?: string | null;
      priceInCents: number;
      tags: string[];
    }

    type Color = "red" | "dark-green" | "blue";

    /**
     * How a request ended.
     *
     * - `"Silent"`: Nothing to say.
     * - `{ Word: string }`: A word.
     */
    type External =
      | "Loud"
      | "Silent"
      | { Word: string }
      | { Pair: [number, number | bigint] }
      | { Full: { product: Product | null; volume: number } };

    type Internal =
      | { kind: "nothing" }
      | {
          "in-stock": boolean;
          kind: "product";
          name: string;
          note?: string | null;
          priceInCents: number;
          tags: string[];
        }
      | { from: string; kind: "moved"; to: number | bigint | null };

    type Adjacent =
      | { type: "Nothing" }
      | { type: "Count"; value: number }
      | { type: "Both"; value: [string, boolean] }
      | { type: "Named"; value: { color: Color } };

    type Untagged = number | string | boolean[] | Product;

    /** A tree of names. */
    interface Tree {
      children: Tree[];
      name: string;
    }

    /** A map that contains itself. */
    interface Directory {
      [key: string]: Directory;
    }

    interface Page {
      items: Product[];
      next: Page | null;
    }

    interface Page2 {
      items: (number | bigint)[];
      next: Page2 | null;
    }

    type Id = number;

    /** Something to buy. */
    type Flattened =
      | {
          "in-stock": boolean;
          kind: "nothing";
          name: string;
          note?: string | null;
          own: number;
          priceInCents: number;
          tags: string[];
          [key: string]: unknown;
        }
      | {
          "in-stock": boolean;
          kind: "product";
          name: string;
          note?: string | null;
          own: number;
          priceInCents: number;
          tags: string[];
          [key: string]: unknown;
        }
      | {
          from: string;
          "in-stock": boolean;
          kind: "moved";
          name: string;
          note?: string | null;
          own: number;
          priceInCents: number;
          tags: string[];
          to: number | bigint | null;
          [key: string]: unknown;
        };

    /** Its name means something else in TypeScript. */
    interface Record_2 {
      counts: Record<string, number>;
    }

    type Unit = null;

    type Empty = Record<string, unknown>;

    /** The markers inside a struct, as wrappers and beside the field. */
    interface Marked {
      bigint: bigint;
      bytes: Uint8Array;
      date: Date;
      dates: Date[];
      map: Map<Color, number | bigint | null>;
      maybe: Date | null;
      maybe_bigint: bigint | null;
      maybe_set: Set<number> | null;
      pairs: Map<number, Set<number>>;
      pattern: RegExp;
      set: Set<Product>;
      undefined?: string | undefined;
      undefined_but_there: number | undefined;
      url: URL;
    }
  }
}
// </session-runtime Everything>
