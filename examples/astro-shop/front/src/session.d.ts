// What a session holds: the same as `struct ShopSession` in ../../service/session.rs.
declare namespace App {
  interface SessionData {
    user: { name: string };
    cart: Record<string, number>;
    message: string;
    lookedAt: Set<string>;
    lastVisit: Date;
  }
}
