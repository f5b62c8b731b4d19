//! MLS messages as a blind server sees them: real framing around meaningless content.

/// A PrivateMessage with application data of `epoch` 0, `length` bytes in all.
pub fn private_message(group_id: &[u8], length: usize) -> Vec<u8> {
    // Version, wire format.
    let mut message = vec![0, 1, 0, 2];
    opaque(&mut message, group_id);
    message.extend([0; 8]);
    // Application data without authenticated data.
    message.extend([1, 0]);
    // Encrypted sender data: 12 bytes and a tag.
    opaque(&mut message, &[0x5d; 28]);
    // The length itself takes 1, 2 or 4 bytes.
    let room = length.saturating_sub(message.len());
    let prefix = [(1, 64), (2, 16_384), (4, 1 << 30)].into_iter().find(|(bytes, limit)| room - bytes < *limit);
    let content = room - prefix.map_or(4, |(bytes, _)| bytes);
    opaque(&mut message, &filler(content));
    message
}

/// A Welcome of the suite with id 1 for these key package references.
pub fn welcome(references: &[[u8; 32]]) -> Vec<u8> {
    let mut secrets = Vec::new();
    for reference in references {
        opaque(&mut secrets, reference);
        opaque(&mut secrets, &[0x11; 32]);
        opaque(&mut secrets, &[0x22; 84]);
    }
    // Version, wire format, suite.
    let mut message = vec![0, 1, 0, 3, 0, 1];
    opaque(&mut message, &secrets);
    opaque(&mut message, &filler(1500));
    message
}

/// A vector with its length before it, as RFC 9420 section 2.1.2 writes lengths.
fn opaque(out: &mut Vec<u8>, content: &[u8]) {
    let length = content.len() as u32;
    match length {
        0..64 => out.push(length as u8),
        64..16_384 => out.extend((length as u16 | 0x4000).to_be_bytes()),
        _ => out.extend((length | 0x8000_0000).to_be_bytes()),
    }
    out.extend(content);
}

/// Bytes that look like ciphertext.
fn filler(length: usize) -> Vec<u8> {
    let mut random = crate::random::Random::new(length as u64);
    std::iter::repeat_with(|| random.next().to_le_bytes()).flatten().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::private_message;

    #[test]
    fn messages_have_the_length_asked_for() {
        for length in [100, 1024, 8192, 20_000, 512 * 1024] {
            assert_eq!(private_message(&[7; 16], length).len(), length);
        }
    }
}
