// <session-runtime ShopSession>
// Generated from the Rust struct `ShopSession`. To write it anew: SESSION_BLESS=1 cargo test
declare namespace App {
  /** What both halves of the shop know about a visitor. */
  interface SessionData {
    /** Who is signed in. Written here, shown by Astro. */
    user: ShopSession.User;
    /** How many of each product are in the cart. Written here, counted by Astro. */
    cart: Record<string, number>;
    /** One message for the next page. Written here, shown and deleted by Astro. */
    message: string;
    /** The products whose pages were opened: a JavaScript `Set`. Written by Astro, shown here. */
    lookedAt: Set<string>;
  }

  namespace ShopSession {
    interface User {
      name: string;
    }
  }
}
// </session-runtime ShopSession>
