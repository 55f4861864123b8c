//! One segment of a token, decoded from strict base64url.

use super::base64url;
use super::error::Fault;
use super::json::{Limits, Members, Object};

/// Room for one decoded segment: in place if it is as short as usual, else on the heap.
pub(super) struct Room<const N: usize> {
    here: [u8; N],
    elsewhere: Vec<u8>,
}

impl<const N: usize> Room<N> {
    pub(super) const fn new() -> Self {
        Self {
            here: [0; N],
            elsewhere: Vec::new(),
        }
    }

    /// Decodes a segment into the room.
    pub(super) fn decode(&mut self, segment: &[u8]) -> Result<&[u8], Fault> {
        let needed = base64url::decoded_len(segment.len());
        let room = if needed <= N {
            self.here.as_mut_slice()
        } else {
            self.elsewhere.resize(needed, 0);
            self.elsewhere.as_mut_slice()
        };
        base64url::decode(segment, room).ok_or(Fault::Base64)
    }
}

/// Room for a segment that is a JSON object, and for the places of its members.
pub(super) struct JsonRoom<const N: usize> {
    bytes: Room<N>,
    members: Members,
}

impl<const N: usize> JsonRoom<N> {
    pub(super) fn new() -> Self {
        Self {
            bytes: Room::new(),
            members: Members::default(),
        }
    }

    /// Decodes a segment into the room and reads it; `fault` is said of text that is no strict JSON.
    pub(super) fn read(
        &mut self,
        segment: &[u8],
        limits: Limits,
        fault: Fault,
    ) -> Result<Object<'_>, Fault> {
        let json = std::str::from_utf8(self.bytes.decode(segment)?).map_err(|_| fault)?;
        Object::read(json, limits, &mut self.members).map_err(|_| fault)
    }
}
