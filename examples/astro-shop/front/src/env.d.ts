// What only Astro keeps in the session. The Rust service does not know it, and carries it over all the same.
declare namespace App {
  interface SessionData {
    lastVisit: Date;
  }
}
