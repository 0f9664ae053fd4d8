//! Where texts are written to: a `String`, or bytes that are checked to be one in the end, where many short pieces are
//! written.

pub(crate) trait Output {
    fn push(&mut self, char: char);
    fn push_str(&mut self, text: &str);
}

impl Output for String {
    fn push(&mut self, char: char) {
        self.push(char);
    }

    #[inline]
    fn push_str(&mut self, text: &str) {
        self.push_str(text);
    }
}

impl Output for Vec<u8> {
    #[inline]
    fn push(&mut self, char: char) {
        match u8::try_from(char) {
            Ok(byte @ ..=0x7f) => self.push(byte),
            _ => self.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    #[inline]
    fn push_str(&mut self, text: &str) {
        append(self, text.as_bytes());
    }
}

/// Appends bytes: a few of them by their ends, which may overlap, since that is cheaper than copying a varying number.
#[inline]
pub(crate) fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.len() {
        4..8 => append_ends::<4>(out, bytes),
        8..16 => append_ends::<8>(out, bytes),
        16..=32 => append_ends::<16>(out, bytes),
        _ => out.extend_from_slice(bytes),
    }
}

#[inline]
fn append_ends<const N: usize>(out: &mut Vec<u8>, bytes: &[u8]) {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) {
        let end = out.len() + bytes.len();
        out.extend_from_slice(first);
        out.truncate(end - N);
        out.extend_from_slice(last);
    }
}

#[cfg(test)]
mod tests {
    use super::append;

    #[test]
    fn any_number_of_bytes_is_appended() {
        let bytes: Vec<u8> = (0..80).collect();
        for length in 0..40 {
            let mut out = b"text".to_vec();
            append(&mut out, &bytes[..length]);
            append(&mut out, &bytes[length..length * 2]);
            assert_eq!(out, [b"text", &bytes[..length * 2]].concat());
        }
    }
}
