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
        self.extend_from_slice(text.as_bytes());
    }
}
