//! Where the entries of a text start.

use std::cell::Cell;
use std::mem;
use std::ops::Deref;

/// The starts that were found so far, in order. Their memory goes to the thread's next text: most texts are read once
/// and let go.
pub(crate) struct Starts {
    /// Filled up with what does not count: a place is there already for each start that comes.
    places: Box<[u32]>,
    count: usize,
}

thread_local! {
    static SPARE: Cell<Option<Box<[u32]>>> = const { Cell::new(None) };
}

/// How many places a thread keeps.
const KEPT: usize = 1 << 18;

/// How many places there are at least.
const FEWEST: usize = 64;

/// For how many more at most there is to be [room](Starts::room).
pub(super) const MOST_AT_ONCE: usize = 32;

/// A start as it is noted.
#[allow(clippy::cast_possible_truncation, reason = "no text has more than 2 GiB")]
#[inline]
pub(super) fn start(at: usize) -> u32 {
    at as u32
}

impl Starts {
    /// None yet, and no place beyond `limit`, which, or what is lower, is to be given wherever there may be more.
    pub(crate) fn begin(limit: usize) -> Self {
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        Self { places: spare.filter(|places| places.len() <= limit).unwrap_or_default(), count: 0 }
    }

    /// Notes one; `None` if there are `limit` already.
    #[inline]
    pub(crate) fn push(&mut self, at: usize, limit: usize) -> Option<()> {
        if self.count == self.places.len() {
            self.grow(1, limit)?;
        }
        *self.places.get_mut(self.count)? = start(at);
        self.count += 1;
        Some(())
    }

    /// Places for this many more, to be [filled](Self::filled) from the first one on; `None` says to [grow](Self::grow).
    #[inline]
    pub(crate) fn room<const MORE: usize>(&mut self) -> Option<&mut [u32; MORE]> {
        self.places.get_mut(self.count..)?.first_chunk_mut()
    }

    /// Counts places of the [room](Self::room) that hold starts now.
    #[inline]
    pub(crate) fn filled(&mut self, more: usize) {
        debug_assert!(self.count + more <= self.places.len());
        self.count += more;
    }

    /// Makes room for this many more; `None` at the limit.
    #[cold]
    pub(crate) fn grow(&mut self, more: usize, limit: usize) -> Option<()> {
        let count = (2 * self.places.len()).max(FEWEST).max(self.count + more).min(limit);
        if count > self.places.len() {
            let mut places = mem::take(&mut self.places).into_vec();
            places.reserve_exact(count - places.len());
            places.resize(count, 0);
            self.places = places.into();
        }
        (self.places.len() - self.count >= more).then_some(())
    }

    /// For what is kept: without much room for more.
    #[inline]
    pub(crate) fn fit(&mut self) {
        if self.places.len() > 2 * self.count + FEWEST {
            *self = self.clone();
        }
    }
}

impl From<&[u32]> for Starts {
    fn from(starts: &[u32]) -> Self {
        Self { places: starts.into(), count: starts.len() }
    }
}

impl Clone for Starts {
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl Deref for Starts {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        self.places.get(..self.count).unwrap_or_default()
    }
}

impl Drop for Starts {
    fn drop(&mut self) {
        let places = mem::take(&mut self.places);
        if places.len() <= KEPT {
            // At the very end of a thread the memory is simply freed.
            let _ = SPARE.try_with(|spare| {
                let other = spare.take().filter(|other| other.len() > places.len());
                spare.set(Some(other.unwrap_or(places)));
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FEWEST, KEPT, Starts};

    #[test]
    fn starts_are_noted_one_by_one_and_in_rooms() {
        let mut starts = Starts::begin(1_000);
        let mut expected = Vec::new();
        for round in 0..100_u32 {
            starts.push(round as usize, 1_000).expect("room");
            starts.grow(7, 1_000).expect("room");
            let room = starts.room::<7>().expect("room");
            room[..2].copy_from_slice(&[round + 1, round + 2]);
            room[2] = u32::MAX;
            starts.filled(2);
            expected.extend([round, round + 1, round + 2]);
        }
        assert_eq!(*starts, expected[..]);
        assert_eq!(*starts.clone(), expected[..]);
    }

    #[test]
    fn no_more_than_the_limit() {
        // The memory of this one, which is more than the limit, goes to the next one.
        drop(Starts::from(&[1; 200][..]));
        for limit in [0, 1, 3, FEWEST, 100] {
            let mut starts = Starts::begin(limit);
            for at in 0..limit {
                let grown = starts.grow(3, limit).and_then(|()| starts.room::<3>());
                assert_eq!(grown.is_some(), at + 3 <= limit);
                starts.push(at, limit).expect("below the limit");
            }
            assert!(starts.push(limit, limit).is_none() && starts.len() == limit);
        }
    }

    #[test]
    fn what_is_kept_holds_little_more_than_is_needed() {
        drop(Starts::from(&[1; KEPT][..]));
        let mut starts = Starts::begin(usize::MAX);
        starts.push(1, usize::MAX).expect("no limit");
        assert_eq!(starts.places.len(), KEPT);
        let mut kept = starts;
        kept.fit();
        assert_eq!((&*kept, kept.places.len()), (&[1][..], 1));
        // The larger one is used again, whoever is let go last.
        drop(kept);
        assert_eq!(Starts::begin(usize::MAX).places.len(), KEPT);
    }
}
