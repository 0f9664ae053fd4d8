use std::fmt;
use std::sync::Arc;

use super::keyed::FewPairs;
use super::node::Node;
use super::slot::Slot;

/// Where the keys and values of a Map are.
#[derive(Clone)]
pub(crate) enum MapIndex {
    Few(FewPairs),
    Many(Arc<[(Slot, Slot)]>),
}

impl MapIndex {
    /// The entries of the Map whose index this is.
    pub(crate) fn entries<'d>(&'d self, map: Node<'d>) -> impl Iterator<Item = (Node<'d>, Node<'d>)> {
        self.pairs().iter().map(move |&(key, value)| (map.with(key), map.with(value)))
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.pairs().len()
    }

    /// The value of one of the entries.
    pub(crate) fn value<'d>(&self, map: Node<'d>, place: usize) -> Option<Node<'d>> {
        self.pairs().get(place).map(|&(_, value)| map.with(value))
    }

    fn pairs(&self) -> &[(Slot, Slot)] {
        match self {
            Self::Few(few) => few.as_slice(),
            Self::Many(pairs) => pairs,
        }
    }
}

impl Default for MapIndex {
    fn default() -> Self {
        Self::Few(FewPairs::default())
    }
}

impl fmt::Debug for MapIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MapIndex({} entries)", self.pairs().len())
    }
}
