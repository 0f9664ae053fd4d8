// <session-runtime ShopSession>
// Generated from the Rust struct `ShopSession`. To write it anew: SESSION_BLESS=1 cargo test
declare namespace App {
  /** What the shop knows about a visitor. */
  interface SessionData {
    /** Who is signed in. */
    user: ShopSession.User;
    /** How many of each product are in the cart, by product id. Prices are looked up when they are shown. */
    cart: Record<string, number>;
    /** One message for the next page. */
    flash: ShopSession.Flash;
    /** A sign-in that waits for its one-time code. `sensitive`: the code never appears in `Debug` or a log. */
    signIn: ShopSession.PendingSignIn;
    /** When the visitor last looked at the front page, stored as a JavaScript `Date`. */
    lastVisit: Date;
  }

  namespace ShopSession {
    interface User {
      name: string;
    }

    type Flash = { done: string } | { problem: string };

    interface PendingSignIn {
      code: string;
      name: string;
    }
  }
}
// </session-runtime ShopSession>
