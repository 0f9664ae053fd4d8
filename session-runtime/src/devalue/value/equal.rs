use std::mem::discriminant;

use super::Value;
use super::part::{Part, Ref};
use super::text::Text;

/// Compares two graphs: a part on one side belongs to exactly one part on the other.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    let mut pairing = Pairing {
        left,
        right,
        forth: vec![None; left.parts.len()],
        back: vec![None; right.parts.len()],
        waiting: Vec::new(),
    };
    pairing.waiting.push((left.root, right.root));
    while let Some((one, other)) = pairing.waiting.pop() {
        if !pairing.same(one, other) {
            return false;
        }
    }
    true
}

struct Pairing<'v> {
    left: &'v Value,
    right: &'v Value,
    forth: Vec<Option<Ref>>,
    back: Vec<Option<Ref>>,
    waiting: Vec<(Ref, Ref)>,
}

impl Pairing<'_> {
    fn same(&mut self, one: Ref, other: Ref) -> bool {
        let (left, right) = (self.left.get(one), self.right.get(other));
        if let Some(same) = primitives(left, right) {
            return same;
        }
        let (Some(forth), Some(back)) = (one.index(), other.index()) else { return false };
        let (Some(forth), Some(back)) = (self.forth.get_mut(forth), self.back.get_mut(back)) else {
            return false;
        };
        if forth.is_some() || back.is_some() {
            return *forth == Some(other) && *back == Some(one);
        }
        (*forth, *back) = (Some(other), Some(one));
        let (mut first, mut second) = (left.children(), right.children());
        loop {
            match (first.next(), second.next()) {
                (None, None) => return shells(left, right),
                (Some(one), Some(other)) => self.waiting.push((one, other)),
                _ => return false,
            }
        }
    }
}

/// Equality of parts without identity; `None` if one of them has one.
fn primitives(left: &Part, right: &Part) -> Option<bool> {
    Some(match (left, right) {
        (Part::Undefined, Part::Undefined) | (Part::Null, Part::Null) => true,
        (Part::Bool(left), Part::Bool(right)) => left == right,
        (Part::Number(left), Part::Number(right)) => {
            left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan())
        }
        (Part::String(left), Part::String(right)) => left == right,
        (Part::BigInt(left), Part::BigInt(right)) => left == right,
        (Part::Array(_), Part::Sparse { .. }) | (Part::Sparse { .. }, Part::Array(_)) => return None,
        _ if discriminant(left) != discriminant(right) => false,
        _ => return None,
    })
}

/// Everything about two parts of one sort but their children.
fn shells(left: &Part, right: &Part) -> bool {
    match (left, right) {
        (Part::Date(left), Part::Date(right)) => left == right,
        (Part::RegExp { source, flags }, Part::RegExp { source: other, flags: others }) => {
            (source, flags) == (other, others)
        }
        (Part::Object(left), Part::Object(right)) | (Part::NullObject(left), Part::NullObject(right)) => {
            keys(left).eq(keys(right))
        }
        (Part::Url(left), Part::Url(right)) | (Part::UrlSearchParams(left), Part::UrlSearchParams(right)) => {
            left == right
        }
        (Part::Temporal { kind, text }, Part::Temporal { kind: other, text: others }) => {
            (kind, text) == (other, others)
        }
        (Part::ArrayBuffer(left), Part::ArrayBuffer(right)) => left == right,
        (
            Part::View { kind, offset, length, .. },
            Part::View { kind: other, offset: others, length: reach, .. },
        ) => (kind, offset, length) == (other, others, reach),
        (Part::Custom { name, .. }, Part::Custom { name: other, .. }) => name == other,
        _ => match (positions(left), positions(right)) {
            (Some((length, left)), Some((other, right))) => length == other && left == right,
            _ => true,
        },
    }
}

/// Length of an array, and where its items are.
fn positions(part: &Part) -> Option<(usize, Vec<usize>)> {
    match part {
        Part::Array(items) => {
            let present = items.iter().enumerate().filter(|(_, item)| item.is_some());
            Some((items.len(), present.map(|(position, _)| position).collect()))
        }
        Part::Sparse { length, items } => {
            let position = |&(position, _): &(u32, Ref)| usize::try_from(position).unwrap_or(usize::MAX);
            Some((usize::try_from(*length).unwrap_or(usize::MAX), items.iter().map(position).collect()))
        }
        _ => None,
    }
}

fn keys(members: &[(Text, Ref)]) -> impl Iterator<Item = &Text> {
    members.iter().map(|(key, _)| key)
}
