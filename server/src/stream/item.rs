//! Events as clients see them: made once for everybody who gets them, and written at most once in each form.

use std::sync::OnceLock;

use catbird_lexicon::blue::catbird::mls::{
    stream_convo_events::{
        AdminAlertEvent, AdminAlertEventKind, EventWrapper, EventWrapperEvent as Event, GroupInfoRefreshRequestedEvent,
        InfoEvent, InfoEventInfo, MembershipChangeEvent, MembershipChangeEventAction as Action, MessageEvent,
        NewDeviceEvent, PolicyChangedEvent, ReactionEvent, ReactionEventAction, ReadEvent, ReadditionRequestedEvent,
    },
    subscribe_convo_events::Message,
    update_policy::PolicyView,
};
use lexicon_runtime::{
    formats::{Datetime, Did},
    stream::{Shared, SseItem},
    union::Union,
};

use crate::{
    api::views,
    store::{
        StoreError,
        events::{Alert, Occurrence, RoleChange},
        pages::Entry,
        places::Place,
        stream::StoredEvent,
    },
};

/// What an event takes beside a ciphertext, at most or nearly so.
const EVENT_BYTES: usize = 1024;

/// An event on its way to any number of clients.
#[derive(Debug)]
pub struct Item {
    /// The place that its cursor says.
    pub place: Place,
    /// Whether the place is its own. Others repeat that of the event before.
    pub is_durable: bool,
    cursor: String,
    event: Event,
    sse: OnceLock<Shared<SseItem<EventWrapper>>>,
    frame: OnceLock<Shared<Message>>,
}

impl Item {
    /// An event of the log.
    pub fn durable(place: Place, cursor: String, event: Event) -> Self {
        Self { place, is_durable: true, cursor, event, sse: OnceLock::new(), frame: OnceLock::new() }
    }

    /// An event that is not in the log, after the one at this place.
    pub fn passing(place: Place, cursor: String, event: Event) -> Self {
        Self { is_durable: false, ..Self::durable(place, cursor, event) }
    }

    /// News of the stream itself.
    pub fn info(place: Place, cursor: String, info: InfoEventInfo) -> Self {
        let event = InfoEvent { cursor: cursor.clone(), info };
        Self::passing(place, cursor, event.into())
    }

    /// Roughly how much memory it takes.
    pub fn bytes(&self) -> usize {
        let Event::MessageEvent(event) = &self.event else { return EVENT_BYTES };
        event.message.ciphertext.len() + EVENT_BYTES
    }

    /// As a Server-Sent Event.
    pub fn sse(&self) -> Shared<SseItem<EventWrapper>> {
        let make = || {
            let name = self.event.type_name().rsplit('#').next().map(str::to_owned);
            let data = EventWrapper { event: self.event.clone() };
            Shared::new(SseItem { id: Some(self.cursor.clone()), event: name, data })
        };
        self.sse.get_or_init(make).clone()
    }

    /// As a message over WebSocket.
    pub fn message(&self) -> Shared<Message> {
        self.frame.get_or_init(|| Shared::new(message(self.event.clone()))).clone()
    }
}

fn message(event: Event) -> Message {
    match event {
        Event::MessageEvent(event) => Message::MessageEvent(event),
        Event::ReactionEvent(event) => Message::ReactionEvent(event),
        Event::TypingEvent(event) => Message::TypingEvent(event),
        Event::InfoEvent(event) => Message::InfoEvent(event),
        Event::NewDeviceEvent(event) => Message::NewDeviceEvent(event),
        Event::GroupInfoRefreshRequestedEvent(event) => Message::GroupInfoRefreshRequestedEvent(event),
        Event::ReadditionRequestedEvent(event) => Message::ReadditionRequestedEvent(event),
        Event::MembershipChangeEvent(event) => Message::MembershipChangeEvent(event),
        Event::ReadEvent(event) => Message::ReadEvent(event),
        Event::AdminAlertEvent(event) => Message::AdminAlertEvent(event),
        Event::PolicyChangedEvent(event) => Message::PolicyChangedEvent(event),
        Event::Other(object) => Message::Other(object),
    }
}

/// An event that tells of an entry.
pub fn of_entry(entry: Entry, cursor: String) -> Result<Event, StoreError> {
    Ok(MessageEvent { cursor, message: views::entry(entry)? }.into())
}

/// An event of which nothing is known.
pub fn unknown(cursor: String) -> Event {
    InfoEvent { cursor, info: InfoEventInfo::UnknownEvent }.into()
}

/// An event that tells of anything but an entry.
pub fn of_event(event: &StoredEvent, cursor: String) -> Result<Event, StoreError> {
    let convo_id = event.convo_id.clone().unwrap_or_default();
    let at = Datetime::from(event.created_at);
    Ok(match &event.occurrence {
        None | Some(Occurrence::Entry) => unknown(cursor),
        Some(Occurrence::Joined) => membership(event, cursor, Action::Joined)?,
        Some(Occurrence::Left) => membership(event, cursor, Action::Left)?,
        Some(Occurrence::Removed) => membership(event, cursor, Action::Removed)?,
        Some(Occurrence::DeviceRemoved { .. }) => membership(event, cursor, Action::DeviceRemoved)?,
        Some(Occurrence::Role(change)) => membership(event, cursor, role_action(*change))?,
        Some(Occurrence::Policy {
            allow_invites,
            admin_only_invites,
            allow_member_add,
            allow_member_remove,
            require_admin_approval,
            max_members,
        }) => {
            let policy = PolicyView {
                convo_id,
                allow_invites: *allow_invites,
                admin_only_invites: *admin_only_invites,
                allow_member_add: *allow_member_add,
                allow_member_remove: *allow_member_remove,
                require_admin_approval: *require_admin_approval,
                max_members: *max_members,
                updated_at: at,
                updated_by: event.actor_did.clone().map(views::did).transpose()?,
            };
            PolicyChangedEvent { cursor, policy }.into()
        }
        Some(Occurrence::Reaction { message_id, reaction, is_added }) => ReactionEvent {
            cursor,
            convo_id,
            message_id: message_id.clone(),
            did: subject(event)?,
            reaction: reaction.clone(),
            action: if *is_added { ReactionEventAction::Add } else { ReactionEventAction::Remove },
        }
        .into(),
        Some(Occurrence::Read { message_id }) => {
            ReadEvent { cursor, convo_id, did: subject(event)?, message_id: message_id.clone(), read_at: at }.into()
        }
        Some(Occurrence::DeviceAdded { device_id, device_name, did, pending_addition_id }) => NewDeviceEvent {
            cursor,
            convo_id,
            user_did: subject(event)?,
            device_id: device_id.clone(),
            device_name: device_name.clone(),
            device_credential_did: did.clone(),
            pending_addition_id: pending_addition_id.clone(),
        }
        .into(),
        Some(Occurrence::RejoinRequested) => {
            ReadditionRequestedEvent { cursor, convo_id, user_did: subject(event)?, requested_at: at }.into()
        }
        Some(Occurrence::GroupInfoRequested) => {
            GroupInfoRefreshRequestedEvent { cursor, convo_id, requested_by: subject(event)?, requested_at: at }.into()
        }
        Some(Occurrence::Alert(alert)) => {
            let kind = match alert {
                Alert::BlockConflict => AdminAlertEventKind::BlockConflict,
                Alert::ReportSubmitted => AdminAlertEventKind::ReportSubmitted,
                Alert::KeyPackagesLow => AdminAlertEventKind::KeyPackagesLow,
            };
            let (convo_id, subject_did) = (event.convo_id.clone(), Some(subject(event)?));
            AdminAlertEvent { cursor, convo_id, kind, subject_did, created_at: at }.into()
        }
    })
}

fn membership(event: &StoredEvent, cursor: String, action: Action) -> Result<Event, StoreError> {
    Ok(MembershipChangeEvent {
        cursor,
        convo_id: event.convo_id.clone().unwrap_or_default(),
        did: subject(event)?,
        action,
        actor: event.actor_did.clone().map(views::did).transpose()?,
        reason: event.reason.clone(),
        epoch: event.epoch,
    }
    .into())
}

fn role_action(change: RoleChange) -> Action {
    match change {
        RoleChange::PromotedAdmin => Action::PromotedAdmin,
        RoleChange::DemotedAdmin => Action::DemotedAdmin,
        RoleChange::PromotedModerator => Action::PromotedModerator,
        RoleChange::DemotedModerator => Action::DemotedModerator,
        RoleChange::Warned => Action::Warned,
    }
}

fn subject(event: &StoredEvent) -> Result<Did, StoreError> {
    let did = event.subject_did.clone();
    views::did(did.ok_or_else(|| StoreError::Impossible("an event without a subject".to_owned()))?)
}
