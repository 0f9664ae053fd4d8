//! Lines of at most 80 columns, broken as prettier breaks them: groups are printed flat where they fit.
//!
//! After Wadler, "A prettier printer", with the few parts that types need.

/// How wide a line may be.
const WIDTH: usize = 80;

/// A text with places where it may be broken.
#[derive(Debug, Clone)]
pub(super) enum Doc {
    Text(String),
    /// A blank, or a new line where the group is broken.
    Line,
    /// Nothing, or a new line where the group is broken.
    Soft,
    /// The first where the group is broken, the second where it is flat.
    IfBreak(&'static str, &'static str),
    /// Lines inside start two columns further right.
    Indent(Box<Self>),
    /// Flat if it fits.
    Group(Box<Self>),
    All(Vec<Self>),
}

impl Doc {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn indent(docs: impl Into<Vec<Self>>) -> Self {
        Self::Indent(Box::new(Self::All(docs.into())))
    }

    pub(super) fn group(docs: impl Into<Vec<Self>>) -> Self {
        Self::Group(Box::new(Self::All(docs.into())))
    }

    /// The docs with something between each two.
    pub(super) fn join(docs: impl IntoIterator<Item = Self>, between: impl Into<Vec<Self>>) -> Self {
        let between = between.into();
        let mut all = Vec::new();
        for (at, doc) in docs.into_iter().enumerate() {
            if at > 0 {
                all.extend(between.iter().cloned());
            }
            all.push(doc);
        }
        Self::All(all)
    }

    /// On one line, however long.
    pub(super) fn flat(&self) -> String {
        let mut out = String::new();
        print(&mut out, self, 0, usize::MAX);
        out
    }

    /// The text, starting in column `indent` on a line of its own, which is not indented.
    pub(super) fn print(&self, indent: usize) -> String {
        let mut out = " ".repeat(indent);
        print(&mut out, self, indent, WIDTH);
        out.split_off(indent)
    }
}

/// A doc that is still to be printed.
#[derive(Clone, Copy)]
struct Todo<'d> {
    doc: &'d Doc,
    indent: usize,
    broken: bool,
}

fn print(out: &mut String, doc: &Doc, indent: usize, width: usize) {
    let mut stack = vec![Todo { doc, indent, broken: true }];
    while let Some(Todo { doc, indent, broken }) = stack.pop() {
        match doc {
            Doc::Text(text) => out.push_str(text),
            Doc::IfBreak(text, flat) => out.push_str(if broken { text } else { flat }),
            Doc::Line | Doc::Soft if broken => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent));
            }
            Doc::Line => out.push(' '),
            Doc::Soft => {}
            Doc::Indent(inner) => stack.push(Todo { doc: inner, indent: indent + 2, broken }),
            Doc::Group(inner) => {
                let flat = Todo { doc: inner, indent, broken: false };
                let broken = broken && !fits(flat, &stack, width.saturating_sub(column(out)));
                stack.push(Todo { broken, ..flat });
            }
            Doc::All(docs) => stack.extend(docs.iter().rev().map(|doc| Todo { doc, indent, broken })),
        }
    }
}

fn column(out: &str) -> usize {
    out.rsplit('\n').next().unwrap_or(out).chars().count()
}

/// Whether a doc and what follows it, up to the next place for a new line, fit into so many columns.
fn fits<'d>(first: Todo<'d>, rest: &[Todo<'d>], columns: usize) -> bool {
    let mut left = columns;
    let mut rest = rest.iter().rev();
    let mut stack = vec![first];
    loop {
        let Some(Todo { doc, indent, broken }) = stack.pop().or_else(|| rest.next().copied()) else {
            return true;
        };
        let width = match doc {
            Doc::Text(text) => text.chars().count(),
            Doc::IfBreak(text, flat) => if broken { text } else { flat }.chars().count(),
            Doc::Line | Doc::Soft if broken => return true,
            Doc::Line => 1,
            Doc::Soft => 0,
            Doc::Indent(inner) | Doc::Group(inner) => {
                stack.push(Todo { doc: inner, indent, broken });
                0
            }
            Doc::All(docs) => {
                stack.extend(docs.iter().rev().map(|doc| Todo { doc, indent, broken }));
                0
            }
        };
        match left.checked_sub(width) {
            Some(remaining) => left = remaining,
            None => return false,
        }
    }
}
