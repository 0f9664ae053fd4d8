use std::vec;

use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use super::value::{CONTAINER, De};
use crate::devalue::error::Error;
use crate::devalue::keyed::{LongKeys, set_members, sparse_items};
use crate::devalue::ser::Form;
use crate::devalue::slot::Slot;
use crate::devalue::source::Head;

/// The items of an array, of a sparse array, or of a Set. Most follow one another, so they are taken in runs.
pub(super) struct Items<'a, 'de> {
    parent: De<'a, 'de>,
    rest: Rest,
    /// Whether there may be more behind the run.
    more: bool,
    /// The next item, its value, and the index of the one behind the run.
    index: usize,
    slot: Slot,
    behind: usize,
}

/// What comes behind the run.
enum Rest {
    /// What stands there in the text.
    Text(usize),
    List(vec::IntoIter<Slot>),
    Sparse(usize, std::iter::Peekable<vec::IntoIter<(usize, Slot)>>),
}

impl<'a, 'de> Items<'a, 'de> {
    #[inline(always)]
    fn new(parent: De<'a, 'de>, rest: Rest) -> Self {
        Self { parent, rest, more: true, index: 0, slot: Slot::ROOT, behind: 0 }
    }

    #[inline(always)]
    pub(super) fn of_list(parent: De<'a, 'de>, at: usize) -> Self {
        Self::new(parent, Rest::Text(at))
    }

    /// Those of anything that has items in the form that is asked for.
    #[cold]
    pub(super) fn of(value: De<'a, 'de>) -> Result<Option<Self>, Error> {
        let source = &value.input.source;
        let rest = match (value.head()?, value.form()) {
            (Head::Array(cursor), Form::Plain) => {
                value.pay_for_text(0)?;
                Rest::Text(cursor.at)
            }
            (Head::Sparse(cursor), Form::Plain) => {
                let (length, items) = sparse_items(*source, cursor)?;
                value.pay_for_text(0)?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Rest::Sparse(length, items.into_iter().peekable())
            }
            (Head::Tagged(tag, cursor), Form::Set) if tag.is("Set") => {
                let mut long = LongKeys::default();
                let members = set_members(*source, cursor, &mut long)?;
                value.pay_for_text(long.bytes)?;
                Rest::List(members.into_iter())
            }
            _ => return Ok(None),
        };
        Ok(Some(Self::new(value.inside()?, rest)))
    }

    /// Gives the items to a visitor, which has to take them all.
    pub(super) fn visit<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        self.next_run()?;
        let value = visitor.visit_seq(&mut *self)?;
        let taken = self.index;
        match self.next_slot()? {
            None => Ok(value),
            Some(_) => Err(Error::range(format!("{taken} items"), "more items")),
        }
    }

    #[inline(always)]
    fn next_slot(&mut self) -> Result<Option<Slot>, Error> {
        if self.index >= self.behind {
            if !self.more {
                return Ok(None);
            }
            self.next_run()?;
            if self.index >= self.behind {
                return Ok(None);
            }
        }
        let slot = self.slot;
        self.index += 1;
        self.slot = slot.next();
        Ok(Some(slot))
    }

    /// Finds the items that come next, if there are any.
    #[inline(never)]
    fn next_run(&mut self) -> Result<(), Error> {
        let mut count = 1;
        let slot = match &mut self.rest {
            Rest::Text(at) => {
                let source = &self.parent.input.source;
                let mut cursor = source.cursor(*at);
                self.more = cursor.more(b']');
                if !self.more {
                    return Ok(());
                }
                let slot = source.item(&mut cursor)?;
                count += source.following_items(slot, &mut cursor);
                self.more = cursor.peek() != b']';
                *at = cursor.at;
                slot
            }
            Rest::List(slots) => {
                let Some(slot) = slots.next() else { return Ok(()) };
                slot
            }
            Rest::Sparse(length, _) if self.index >= *length => return Ok(()),
            Rest::Sparse(_, items) => {
                let here = items.next_if(|&(position, _)| position == self.index);
                self.parent.pay(CONTAINER)?;
                here.map_or(Slot::UNDEFINED, |(_, slot)| slot)
            }
        };
        self.slot = if slot == Slot::HOLE { Slot::UNDEFINED } else { slot };
        self.behind = self.index + count;
        Ok(())
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(slot) = self.next_slot()? else { return Ok(None) };
        let index = self.index - 1;
        seed.deserialize(self.parent.with(slot)).map(Some).map_err(|error| error.in_item(index))
    }

    fn size_hint(&self) -> Option<usize> {
        let more = match &self.rest {
            Rest::Text(at) if self.more => {
                self.parent.input.source.count_commas_from(*at, self.parent.slot())
            }
            Rest::Text(_) => 0,
            Rest::List(slots) => slots.len(),
            // There may be almost nothing but holes: the length would reserve memory that a few bytes of text ask for.
            Rest::Sparse(_, items) => items.len(),
        };
        Some(self.behind - self.index + more)
    }
}
