//! What events tell, and in which form they are kept.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::StoreError;

/// What happened.
///
/// Stored as a name and a detail in JSON. Events outlive the release that wrote them: a variant may gain optional fields, and
/// is never renamed or removed while such events are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum Occurrence {
    /// An entry was appended to the log.
    Entry,
    /// The subject became a member, or another device of theirs did.
    Joined,
    /// The subject left.
    Left,
    /// The subject was removed by the actor.
    Removed,
    /// The subject's role changed, or they were warned.
    Role(RoleChange),
    /// The actor changed the policy, to this.
    Policy {
        allow_invites: bool,
        admin_only_invites: bool,
        allow_member_add: bool,
        allow_member_remove: bool,
        require_admin_approval: bool,
        max_members: i64,
    },
    /// The subject reacted to an entry or took a reaction back.
    Reaction { message_id: String, reaction: String, is_added: bool },
    /// The subject's read position moved, to this entry.
    Read { message_id: Option<String> },
    /// The subject has a new device that waits to be added to the group.
    DeviceAdded { device_id: String, device_name: Option<String>, did: String, pending_addition_id: String },
    /// The subject deleted a device that members should remove from the group.
    DeviceRemoved { device_id: String, did: String },
    /// The subject lost the group's state and asks to be added anew.
    RejoinRequested,
    /// The subject needs a current GroupInfo.
    GroupInfoRequested,
    /// The subject is what admins, or the subject alone, should know about.
    Alert(Alert),
}

/// A change of a user's standing among the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleChange {
    PromotedAdmin,
    DemotedAdmin,
    PromotedModerator,
    DemotedModerator,
    Warned,
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    BlockConflict,
    ReportSubmitted,
    KeyPackagesLow,
}

/// Who sees an event, of those whose time in the conversation it falls into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Members,
    /// Admins and moderators.
    Admins,
    /// The subject alone.
    Subject,
}

impl Audience {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Admins => "admins",
            Self::Subject => "subject",
        }
    }
}

impl Occurrence {
    /// Name and detail, as stored.
    pub(super) fn to_stored(&self) -> Result<(String, Option<Json<serde_json::Value>>), StoreError> {
        let impossible = |error: serde_json::Error| StoreError::Impossible(format!("an event without a form: {error}"));
        let stored: Stored =
            serde_json::from_value(serde_json::to_value(self).map_err(impossible)?).map_err(impossible)?;
        Ok((stored.kind, stored.detail.map(Json)))
    }

    /// What was stored, unless a later release wrote it that this one doesn't understand.
    pub fn from_stored(kind: String, detail: Option<Json<serde_json::Value>>) -> Option<Self> {
        let stored = Stored { kind, detail: detail.map(|Json(detail)| detail) };
        serde_json::to_value(stored).and_then(serde_json::from_value).ok()
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::{Alert, Occurrence, RoleChange, Stored};

    /// The forms in which releases have written events. Lines may be added, never changed: such events are still there.
    #[test]
    fn events_of_earlier_releases_can_be_read() {
        let forms = [
            (r#"{"kind":"entry"}"#, Occurrence::Entry),
            (r#"{"kind":"joined"}"#, Occurrence::Joined),
            (r#"{"kind":"left"}"#, Occurrence::Left),
            (r#"{"kind":"removed"}"#, Occurrence::Removed),
            (r#"{"kind":"role","detail":"promoted_admin"}"#, Occurrence::Role(RoleChange::PromotedAdmin)),
            (
                r#"{"kind":"reaction","detail":{"message_id":"m","reaction":"+","is_added":true}}"#,
                Occurrence::Reaction { message_id: "m".to_owned(), reaction: "+".to_owned(), is_added: true },
            ),
            (r#"{"kind":"read","detail":{"message_id":null}}"#, Occurrence::Read { message_id: None }),
            (
                r#"{"kind":"device_added","detail":{"device_id":"d","device_name":null,"did":"u#d","pending_addition_id":"p"}}"#,
                Occurrence::DeviceAdded {
                    device_id: "d".to_owned(),
                    device_name: None,
                    did: "u#d".to_owned(),
                    pending_addition_id: "p".to_owned(),
                },
            ),
            (
                r#"{"kind":"device_removed","detail":{"device_id":"d","did":"u#d"}}"#,
                Occurrence::DeviceRemoved { device_id: "d".to_owned(), did: "u#d".to_owned() },
            ),
            (
                r#"{"kind":"policy","detail":{"allow_invites":true,"admin_only_invites":false,"allow_member_add":true,"allow_member_remove":false,"require_admin_approval":false,"max_members":50}}"#,
                Occurrence::Policy {
                    allow_invites: true,
                    admin_only_invites: false,
                    allow_member_add: true,
                    allow_member_remove: false,
                    require_admin_approval: false,
                    max_members: 50,
                },
            ),
            (r#"{"kind":"rejoin_requested"}"#, Occurrence::RejoinRequested),
            (r#"{"kind":"group_info_requested"}"#, Occurrence::GroupInfoRequested),
            (r#"{"kind":"alert","detail":"key_packages_low"}"#, Occurrence::Alert(Alert::KeyPackagesLow)),
        ];
        for (text, occurrence) in forms {
            let stored: Stored = serde_json::from_str(text).unwrap();
            let detail = stored.detail.map(sqlx::types::Json);
            assert_eq!(Occurrence::from_stored(stored.kind, detail), Some(occurrence.clone()), "{text}");
            let (kind, detail) = occurrence.to_stored().unwrap();
            let again = serde_json::to_string(&Stored { kind, detail: detail.map(|detail| detail.0) }).unwrap();
            let sorted: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&again).unwrap(), sorted);
        }
    }

    #[test]
    fn what_a_later_release_wrote_is_no_failure() {
        assert_eq!(Occurrence::from_stored("something_new".to_owned(), None), None);
    }
}
