//! Base64 as clients send it.

use crate::mls::{Base64Error, decode_base64, encode_base64url};

#[test]
fn both_alphabets_are_read_padded_or_not() {
    let bytes = [0xfb, 0xff, 0xfe, 0x01];
    for text in ["+//+AQ==", "+//+AQ", "-__-AQ==", "-__-AQ"] {
        assert_eq!(decode_base64(text).unwrap(), bytes, "{text}");
    }
    assert_eq!(encode_base64url(&bytes), "-__-AQ");
    assert_eq!(decode_base64(""), Ok(vec![]));
    assert_eq!(encode_base64url(&[]), "");
}

#[test]
fn every_length_comes_back() {
    for length in 0..200_u8 {
        let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(71)).collect();
        assert_eq!(decode_base64(&encode_base64url(&bytes)).unwrap(), bytes);
    }
}

#[test]
fn anything_else_is_refused() {
    let wrong = [
        "A", "AA=", "AAA==", "=", "====", "AAAA=", "AA==AA==", " AAAA", "AAAA\n", "AA AA", "+_AA", "AB==", "AAB",
        "AA\0A", "äöü", "AA.A",
    ];
    for text in wrong {
        assert_eq!(decode_base64(text), Err(Base64Error), "{text:?}");
    }
}
