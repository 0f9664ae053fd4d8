/// Bounds on what a text may ask of its reader.
///
/// The defaults suit a web session: 128 levels, 16 MiB of text, 4 million entries, and 8 MiB worth of values that
/// are read again because several places share them.
///
/// Whatever a text holds, the work is linear in its size, and so is the memory: opening a [`Document`](super::Document)
/// takes up to 5 times the text, its copy included; reading a [`Value`](super::Value) or copying the whole takes up to 50
/// times, and what the limit on expansion allows; each takes up to 10 kB however short the text is. Reading a Rust type
/// makes at most as many values as there are bytes in four texts and in the limit on expansion.
///
/// ```
/// use session_runtime::devalue::{Document, ErrorKind, Limits};
///
/// let limits = Limits::default().max_bytes(8);
/// let error = Document::parse_with("[\"longer than that\"]", limits).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Limit);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) depth: u32,
    pub(crate) bytes: usize,
    pub(crate) entries: usize,
    pub(crate) expansion: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: Self::DEPTH, bytes: 16 << 20, entries: 4 << 20, expansion: 8 << 20 }
    }
}

impl Limits {
    pub(crate) const DEPTH: u32 = 128;
    /// Entry numbers and byte offsets are kept in 32 bits, one of them for the sign.
    const CEILING: usize = 0x7fff_ffff;

    /// For a text that is in memory already because this codec or its caller wrote it.
    pub(crate) fn of_own_text() -> Self {
        Self::default().max_bytes(Self::CEILING).max_entries(Self::CEILING)
    }

    /// Sets how many levels of containers a value may have when it is decoded into Rust types (at most 65,535).
    ///
    /// A thread needs stack for every level: a high limit needs a big stack. The 128 levels of the default take less than
    /// 512 kB where nothing is optimised, and less than 256 kB where all is; the smallest usual thread has 1 MB.
    #[must_use]
    pub fn max_depth(mut self, levels: u32) -> Self {
        self.depth = levels.min(u32::from(u16::MAX));
        self
    }

    /// Sets how many bytes a text may have (at most 2 GiB).
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes.min(Self::CEILING);
        self
    }

    /// Sets how many entries a text may have.
    #[must_use]
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.entries = entries.min(Self::CEILING);
        self
    }

    /// Sets how much may be read again because values are shared, in bytes of text (16 on top for a container, and for
    /// each hole of a sparse array).
    ///
    /// Forty entries `[k,k]` describe 2^40 leaves; this bound is what refuses them.
    #[must_use]
    pub fn max_expansion(mut self, bytes: usize) -> Self {
        self.expansion = bytes;
        self
    }
}
