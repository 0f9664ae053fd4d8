//! What a typed array holds.

/// One element of a typed array.
pub(super) enum Element {
    Number(f64),
    BigInt(i128),
}

/// The elements that these bytes are to a typed array of this sort, in JavaScript's usual order of bytes; `None` for what shows
/// the bytes themselves.
pub(super) fn elements(kind: &str, bytes: &[u8]) -> Option<Vec<Element>> {
    fn each<const N: usize>(bytes: &[u8], element: impl Fn([u8; N]) -> Element) -> Vec<Element> {
        let whole = bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok());
        whole.map(element).collect()
    }
    Some(match kind {
        "Int8Array" => each(bytes, |bytes| Element::Number(i8::from_le_bytes(bytes).into())),
        "Int16Array" => each(bytes, |bytes| Element::Number(i16::from_le_bytes(bytes).into())),
        "Uint16Array" => each(bytes, |bytes| Element::Number(u16::from_le_bytes(bytes).into())),
        "Int32Array" => each(bytes, |bytes| Element::Number(i32::from_le_bytes(bytes).into())),
        "Uint32Array" => each(bytes, |bytes| Element::Number(u32::from_le_bytes(bytes).into())),
        "Float16Array" => each(bytes, |bytes| Element::Number(half(u16::from_le_bytes(bytes)))),
        "Float32Array" => each(bytes, |bytes| Element::Number(f32::from_le_bytes(bytes).into())),
        "Float64Array" => each(bytes, |bytes| Element::Number(f64::from_le_bytes(bytes))),
        "BigInt64Array" => each(bytes, |bytes| Element::BigInt(i64::from_le_bytes(bytes).into())),
        "BigUint64Array" => each(bytes, |bytes| Element::BigInt(u64::from_le_bytes(bytes).into())),
        _ => return None,
    })
}

/// A number of 16 bits: a sign, five bits of exponent, ten of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff) / 1024.0);
    let size = match exponent {
        0 => fraction * 2_f64.powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction) * 2_f64.powi(exponent - 15),
    };
    sign * size
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn halves() {
        let cases = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 2_f64.powi(-24)),
            (0x3555, 0.333_251_953_125),
        ];
        for (bits, value) in cases {
            assert_eq!(half(bits).to_bits(), f64::to_bits(value), "{bits:x}");
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan() && half(0x8000).is_sign_negative());
    }
}
