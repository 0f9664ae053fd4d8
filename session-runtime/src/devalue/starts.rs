//! Where the entries of a text start.

use std::cell::Cell;
use std::mem;
use std::ops::Deref;

use super::error::{Error, ErrorKind};

/// The starts that were found so far, in order. Their memory goes to the thread's next text: most texts are read once
/// and let go.
pub(crate) struct Starts {
    /// Filled up with what does not count: a place is there already for each start that comes.
    places: Vec<u32>,
    count: usize,
}

thread_local! {
    static SPARE: Cell<Vec<u32>> = const { Cell::new(Vec::new()) };
}

/// How many places a thread keeps.
const KEPT: usize = 1 << 18;

/// How many places there are at least.
const FEWEST: usize = 64;

/// A start as it is noted.
#[allow(clippy::cast_possible_truncation, reason = "no text has more than 2 GiB")]
#[inline]
pub(super) fn start(at: usize) -> u32 {
    at as u32
}

impl Starts {
    /// None yet, and no place beyond `limit`, which is also to be given wherever there may be more.
    pub(crate) fn begin(limit: usize) -> Self {
        let mut places = SPARE.try_with(Cell::take).unwrap_or_default();
        places.truncate(limit);
        Self { places, count: 0 }
    }

    /// Notes one.
    ///
    /// # Errors
    /// `Limit` if there are `limit` already.
    #[inline]
    pub(crate) fn push(&mut self, at: usize, limit: usize) -> Result<(), Error> {
        if let Some(place) = self.places.get_mut(self.count) {
            *place = start(at);
            self.count += 1;
            return Ok(());
        }
        self.grow(1, limit)
            .ok_or_else(|| Error::new(ErrorKind::Limit, "the text has more entries than the limit").at(at))?;
        self.push(at, limit)
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
        let places = (2 * self.places.len()).max(FEWEST).max(self.count + more).min(limit);
        self.places.resize(places.max(self.places.len()), 0);
        (self.places.len() - self.count >= more).then_some(())
    }

    /// To be kept for longer: without much room for more.
    #[inline]
    pub(crate) fn kept(mut self) -> Self {
        if self.places.len() > 2 * self.count + FEWEST {
            self = Self::from(&*self);
        }
        self
    }
}

impl From<&[u32]> for Starts {
    fn from(starts: &[u32]) -> Self {
        Self { places: starts.to_vec(), count: starts.len() }
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
                let other = spare.take();
                spare.set(if other.len() > places.len() { other } else { places });
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
            assert!(starts.push(limit, limit).is_err() && starts.len() == limit);
        }
    }

    #[test]
    fn what_is_kept_holds_little_more_than_is_needed() {
        drop(Starts::from(&[1; KEPT][..]));
        let mut starts = Starts::begin(usize::MAX);
        starts.push(1, usize::MAX).expect("no limit");
        assert_eq!(starts.places.len(), KEPT);
        let kept = starts.kept();
        assert_eq!((&*kept, kept.places.len()), (&[1][..], 1));
        // The larger one is used again, whoever is let go last.
        drop(kept);
        assert_eq!(Starts::begin(usize::MAX).places.len(), KEPT);
    }
}
