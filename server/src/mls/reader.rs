//! A strict reader of the TLS presentation language as RFC 9420, section 2.1, uses it.

use super::MlsError;

/// Reads from bytes without copying. After an error its position means nothing.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where `bytes` begin in the whole input, so that errors of nested readers name the right place.
    base: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, base: 0 }
    }

    /// For structures that may come bare or in an MLSMessage: past the message's version and wire format when the bytes
    /// begin with `prefix`, which no bare structure of the kind begins with.
    pub(super) fn unwrap_message(bytes: &'a [u8], prefix: &[u8]) -> Self {
        let mut reader = Self::new(bytes);
        if bytes.starts_with(prefix) {
            reader.at = bytes.len().min(4);
        }
        reader
    }

    /// The error for what was just read.
    pub(super) fn malformed(&self) -> MlsError {
        MlsError::Malformed { at: self.base + self.at }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The bytes read since `start`, an earlier [`Self::position`] of this reader.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Refuses what is left, if anything is.
    pub(super) fn finish(self) -> Result<(), MlsError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            count => Err(MlsError::TrailingBytes { count }),
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], MlsError> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| self.malformed())?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MlsError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Result<u8, MlsError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16, MlsError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, MlsError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, MlsError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// A variable-size vector's length: one, two or four bytes, and as few of them as will do (section 2.1.2).
    fn length(&mut self) -> Result<usize, MlsError> {
        let first = self.u8()?;
        let extra = match first >> 6 {
            0 => return Ok(usize::from(first)),
            1 => 1,
            2 => 3,
            _ => return Err(self.malformed()),
        };
        let head = usize::from(first & 0x3f);
        let length = (self.take(extra)?.iter()).fold(head, |sum, byte| sum << 8 | usize::from(*byte));
        let least = if extra == 1 { 1 << 6 } else { 1 << 14 };
        if length < least {
            return Err(self.malformed());
        }
        Ok(length)
    }

    /// `opaque value<V>`.
    pub(super) fn opaque(&mut self) -> Result<&'a [u8], MlsError> {
        let length = self.length()?;
        self.take(length)
    }

    /// A vector of structures, as a reader of its content.
    pub(super) fn vector(&mut self) -> Result<Reader<'a>, MlsError> {
        let bytes = self.opaque()?;
        let base = self.base + self.at - bytes.len();
        Ok(Reader { bytes, at: 0, base })
    }

    /// A vector of 16-bit numbers.
    pub(super) fn u16s(&mut self) -> Result<U16s<'a>, MlsError> {
        let bytes = self.opaque()?;
        match bytes.as_chunks() {
            (numbers, []) => Ok(U16s(numbers)),
            _ => Err(self.malformed()),
        }
    }

    /// `optional<T>`: whether a value follows.
    pub(super) fn optional(&mut self) -> Result<bool, MlsError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.malformed()),
        }
    }
}

/// A list of 16-bit code points, as received.
#[derive(Clone, Copy, Debug)]
pub(super) struct U16s<'a>(&'a [[u8; 2]]);

impl U16s<'_> {
    pub(super) fn contains(self, number: u16) -> bool {
        self.0.contains(&number.to_be_bytes())
    }
}

/// Appends `opaque value<V>`. Nothing here is as long as the 2^30 bytes that the encoding ends at: inputs of this module
/// are shorter than a request body.
pub(super) fn write_opaque(out: &mut Vec<u8>, value: &[u8]) {
    match value.len() {
        length @ 0..0x40 => out.push(length as u8),
        length @ 0x40..0x4000 => out.extend((length as u16 | 0x4000).to_be_bytes()),
        length => out.extend((length as u32 | 0x8000_0000).to_be_bytes()),
    }
    out.extend(value);
}
