//! Making values: of Rust's plain types, and of values that are put together.

use super::Value;
use super::part::{Part, Ref};
use super::text::Text;

impl Value {
    /// A plain object of these members.
    ///
    /// ```
    /// use session_runtime::devalue::Value;
    ///
    /// let value = Value::object([("name", Value::from("Ada")), ("tags", Value::array(["a", "b"])), ("age", 36.into())]);
    /// assert_eq!(value.to_text()?, r#"[{"name":1,"tags":2,"age":5},"Ada",[3,4],"a","b",36]"#);
    /// # Ok::<(), session_runtime::devalue::Error>(())
    /// ```
    pub fn object<K: Into<Text>, V: Into<Self>>(members: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::of(|value| {
            let members = members.into_iter().map(|(key, member)| (key.into(), value.graft(member)));
            Part::Object(members.collect())
        })
    }

    /// An array of these items.
    pub fn array<V: Into<Self>>(items: impl IntoIterator<Item = V>) -> Self {
        Self::of(|value| Part::array(items.into_iter().map(|item| value.graft(item)).collect::<Vec<_>>()))
    }

    /// A `Map` of these keys and values.
    pub fn map<K: Into<Self>, V: Into<Self>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::of(|value| {
            let pairs = pairs.into_iter().map(|(key, item)| (value.graft(key), value.graft(item)));
            Part::Map(pairs.collect())
        })
    }

    /// A `Set` of these members. Equal ones are not looked for.
    pub fn set<V: Into<Self>>(members: impl IntoIterator<Item = V>) -> Self {
        Self::of(|value| Part::Set(members.into_iter().map(|member| value.graft(member)).collect()))
    }

    fn of(part: impl FnOnce(&mut Self) -> Part) -> Self {
        let mut value = Self::new();
        let part = part(&mut value);
        value.root = value.add(part);
        value
    }

    /// Adds another value with all its parts and gives what refers to it. What it shares inside stays shared.
    ///
    /// ```
    /// use session_runtime::devalue::{Part, Value};
    ///
    /// let mut value = Value::parse(r#"[{"name":1},"Ada"]"#)?;
    /// let tags = value.graft(Value::array(["a", "b"]));
    /// if let Some(Part::Object(members)) = value.get_mut(value.root()) {
    ///     members.push(("tags".into(), tags));
    /// }
    /// assert_eq!(value.to_text()?, r#"[{"name":1,"tags":2},"Ada",[3,4],"a","b"]"#);
    /// # Ok::<(), session_runtime::devalue::Error>(())
    /// ```
    pub fn graft(&mut self, other: impl Into<Self>) -> Ref {
        let Self { mut parts, root } = other.into();
        let first = self.parts.len();
        let moved = |at: Ref| at.index().map_or(at, |index| Ref::part(first + index));
        parts.iter_mut().for_each(|part| part.redirect(moved));
        self.parts.append(&mut parts);
        moved(root)
    }

    /// One part of the value, with all that it refers to, as a value of its own.
    #[must_use]
    pub fn cut(&self, at: Ref) -> Self {
        let mut cut = Self::new();
        let mut places = std::collections::HashMap::new();
        let mut waiting = Vec::new();
        let mut place = |cut: &mut Self, waiting: &mut Vec<(usize, Part)>, at: Ref| -> Ref {
            let Some(index) = at.index() else { return at };
            *places.entry(index).or_insert_with(|| {
                let new = cut.add(Part::Undefined);
                waiting.extend(new.index().map(|new| (new, self.get(at).clone())));
                new
            })
        };
        cut.root = place(&mut cut, &mut waiting, at);
        while let Some((new, mut part)) = waiting.pop() {
            part.redirect(|at| place(&mut cut, &mut waiting, at));
            if let Some(empty) = cut.parts.get_mut(new) {
                *empty = part;
            }
        }
        cut
    }
}

/// Whatever a [`Part`] can be made of: numbers, strings, booleans, `()`; and parts that refer to nothing, such as `Part::Date(Some(0))`.
impl<T: Into<Part>> From<T> for Value {
    fn from(part: T) -> Self {
        let mut value = Self::new();
        value.root = value.add(part);
        value
    }
}

/// `None` is `null`.
impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(|| Part::Null.into(), Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::array(items)
    }
}

/// An array.
impl<T: Into<Self>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::array(items)
    }
}

/// A plain object.
impl<K: Into<Text>, V: Into<Self>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        Self::object(members)
    }
}
