//! The queue of one process's commits to one session: writers take turns instead of running into conflicts.

use std::collections::VecDeque;
use std::collections::hash_map::{Entry, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot::{Receiver, Sender, channel};

use crate::{Record, StoreKey};

/// What the writer before left, so that the next one need not ask the store for it.
type Left = Option<Record>;

/// For each session that is being written right now, those who wait for their turn, the next one first.
type Keys = HashMap<StoreKey, VecDeque<Sender<Left>>, BuildHasherDefault<KeyHasher>>;

/// Threads that write different sessions are to meet at a lock but seldom.
const SHARDS: usize = 64;

/// An odd number whose product depends on all bits of the other factor.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Debug)]
pub(crate) struct Queue {
    shards: [Mutex<Keys>; SHARDS],
}

impl Default for Queue {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl Queue {
    /// This key's turn, if nobody has it.
    pub(crate) fn try_turn(&self, key: &StoreKey) -> Option<Turn<'_>> {
        match self.shard(key).entry(*key) {
            Entry::Occupied(_) => None,
            Entry::Vacant(place) => {
                place.insert(VecDeque::new());
                Some(Turn { place: Some((self, *key)), before: None })
            }
        }
    }

    /// Waits for this key's turn; it lasts until the returned value is dropped.
    pub(crate) async fn turn(&self, key: &StoreKey) -> Turn<'_> {
        let (sender, turn) = channel();
        let mut waiting = Waiting { queue: self, key: *key, turn };
        match self.shard(key).entry(*key) {
            Entry::Occupied(mut place) => place.get_mut().push_back(sender),
            Entry::Vacant(place) => {
                place.insert(VecDeque::new());
                // It cannot fail: who receives it is here.
                let _ = sender.send(None);
            }
        }
        let before = (&mut waiting.turn).await.unwrap_or_default();
        Turn { place: Some((self, *key)), before }
    }

    /// Gives the turn to the next one who still waits for it.
    fn pass_on(&self, key: &StoreKey, left: Option<&Record>) {
        // Woken without the lock: an executor may run at once whom it wakes.
        while let Some(next) = self.next(key) {
            if next.send(left.cloned()).is_ok() {
                return;
            }
        }
    }

    /// Who is next; if there is nobody, the key is free.
    fn next(&self, key: &StoreKey) -> Option<Sender<Left>> {
        let mut keys = self.shard(key);
        let next = keys.get_mut(key).and_then(VecDeque::pop_front);
        if next.is_none() {
            keys.remove(key);
        }
        next
    }

    /// The shard that this key belongs to.
    fn shard(&self, key: &StoreKey) -> MutexGuard<'_, Keys> {
        // Whatever form a key has, its end is random.
        let end = key.as_bytes().last_chunk().map_or(0, |end| u64::from_le_bytes(*end));
        let [.., spread] = end.wrapping_mul(SPREAD).to_le_bytes();
        self.shards[usize::from(spread) % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to write one session, as far as this process goes. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'q> {
    /// None once it has ended.
    place: Option<(&'q Queue, StoreKey)>,
    before: Left,
}

impl Turn<'_> {
    /// What the writer before this one stored, if there was one.
    pub(crate) fn take(&mut self) -> Option<Record> {
        self.before.take()
    }

    /// Ends it, and tells the next in the queue what is stored now. Who is next after a writer that failed has to see
    /// for itself.
    pub(crate) fn end(mut self, record: &Record) {
        self.pass_on(Some(record));
    }

    fn pass_on(&mut self, left: Option<&Record>) {
        if let Some((queue, key)) = self.place.take() {
            queue.pass_on(&key, left);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.pass_on(None);
    }
}

/// One who waits, and may give up: a turn that has come by then goes to the next one.
struct Waiting<'q> {
    queue: &'q Queue,
    key: StoreKey,
    turn: Receiver<Left>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.turn.close();
        if let Ok(Some(left)) = self.turn.try_recv() {
            self.queue.pass_on(&self.key, left.as_ref());
        }
    }
}

/// Spreads keys that are random already: only sessions that exist are written, and servers choose their ids.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        let words = words.iter().map(|word| u64::from_le_bytes(*word));
        for word in words.chain(rest.iter().map(|byte| u64::from(*byte))) {
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(SPREAD);
        }
    }

    fn finish(&self) -> u64 {
        // The table takes the place from the lowest bits, which are mixed least.
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::Queue;
    use crate::{Record, SessionId, StoreKey};

    #[test]
    fn a_turn_goes_to_the_next_who_has_not_given_up() {
        let (queue, key) = (Queue::default(), StoreKey::hashed(&SessionId::random()));
        let first = queue.try_turn(&key).expect("nobody has it");
        assert!(queue.try_turn(&key).is_none());
        let mut cx = Context::from_waker(Waker::noop());
        let mut last = pin!(queue.turn(&key));
        {
            let (mut early, mut late) = (Box::pin(queue.turn(&key)), Box::pin(queue.turn(&key)));
            for waiting in [&mut early, &mut late] {
                assert!(waiting.as_mut().poll(&mut cx).is_pending());
            }
            assert!(last.as_mut().poll(&mut cx).is_pending());
            // One gives up before its turn has come, one afterwards.
            drop(early);
            first.end(&Record::new("stored"));
        }
        let Poll::Ready(mut turn) = last.as_mut().poll(&mut cx) else { panic!("it was forgotten") };
        assert_eq!(turn.take().as_ref().map(Record::text), Some("stored"));
        drop(turn);
        let mut turn = queue.try_turn(&key).expect("nobody has it");
        assert!(turn.take().is_none(), "what a writer left is for those who waited");
    }
}
