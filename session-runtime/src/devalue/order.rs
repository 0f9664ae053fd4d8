//! Checks that entries are numbered as devalue does it: a container before its children, depth first.

use super::runs::Run;

#[derive(Default)]
pub(crate) struct Order {
    /// The references that are still to be followed, as ranges of indices, the next one last.
    pending: Vec<(usize, usize)>,
}

impl Order {
    /// How much memory it holds.
    pub(crate) fn capacity(&self) -> usize {
        self.pending.capacity() * size_of::<(usize, usize)>()
    }

    /// A value, and an entry that comes before it.
    pub(crate) fn begin(&mut self, first: usize, value: usize) {
        self.pending.clear();
        self.pending.extend([(value, value + 1), (first, first + 1)]);
    }

    /// The references of the container that was reached last: those to what was not there before are to be followed.
    #[inline]
    pub(crate) fn push_runs(&mut self, own: usize, runs: &[Run]) {
        for run in runs.iter().rev() {
            let (first, end) = run.indices();
            if end > own + 1 {
                self.pending.push((first.max(own + 1), end));
            }
        }
    }

    /// Whether these are the next entries, all before them having been reached. Only the last one may be a container.
    #[inline]
    pub(crate) fn reach(&mut self, mut from: usize, to: usize) -> Option<()> {
        while from < to {
            let (first, end) = self.pending.last_mut()?;
            if *end <= from {
                self.pending.pop();
                continue;
            }
            if *first > from {
                return None;
            }
            from = to.min(*end);
            *first = from;
        }
        Some(())
    }

    /// Whether nothing is left that was not reached before `end`.
    pub(crate) fn is_done(&self, end: usize) -> bool {
        self.pending.iter().all(|&(_, behind)| behind <= end)
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    /// Entries 0 to 6: 1 refers to 2 and 5, 2 to 3 and 4, 5 back to 3 and to 6.
    fn walk(order: &mut Order, fifth: &[(usize, usize)]) -> Option<()> {
        order.begin(0, 1);
        order.reach(0, 2)?;
        order.pending.extend([(5, 6), (2, 3)]);
        order.reach(2, 3)?;
        order.pending.push((3, 5));
        order.reach(3, 6)?;
        order.pending.extend(fifth);
        order.reach(6, 7)
    }

    #[test]
    fn a_container_comes_before_its_children_depth_first() {
        let mut order = Order::default();
        assert_eq!(walk(&mut order, &[(6, 7), (3, 4)]), Some(()));
        assert!(order.is_done(7));
        assert_eq!(walk(&mut order, &[(7, 8)]), None);
        assert_eq!(walk(&mut order, &[(8, 9), (6, 7)]), Some(()));
        assert!(!order.is_done(7));
        assert_eq!(walk(&mut order, &[]), None);
    }
}
