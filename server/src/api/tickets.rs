//! Tickets for those who can't set headers: getSubscriptionTicket.

use std::time::Duration;

use catbird_lexicon::blue::catbird::mls::{
    errors,
    get_subscription_ticket::{self, GetSubscriptionTicket},
    subscribe_convo_events,
};
use lexicon_runtime::{
    error::{Failure, Refusal, RefusalKind},
    formats::Datetime,
    query::Query,
    service::{Call, MethodKind},
};
use subtle::ConstantTimeEq;

use super::{Api, Caller, refusals, require_member};
use crate::{
    log::AccessRefusal,
    mls::{decode_base64, encode_base64url},
    store::{
        StoreError,
        tickets::{self, Ticket},
    },
};

/// How long a ticket is good.
const LIFETIME: Duration = Duration::from_secs(30);

/// Bytes of a ticket that are random, and as many that are its mark.
const TICKET_HALF: usize = 16;

impl GetSubscriptionTicket for Api {
    async fn get_subscription_ticket(
        &self,
        caller: Caller,
        input: get_subscription_ticket::Input,
    ) -> Result<get_subscription_ticket::Output, Failure<get_subscription_ticket::Error>> {
        let mut conn = self.connection().await?;
        if let Some(convo_id) = &input.convo_id {
            match require_member(&mut conn, convo_id, &caller).await {
                Ok(_) => {}
                Err(AccessRefusal::ConvoNotFound | AccessRefusal::NotMember) => {
                    return Err(errors::NotMember::new("You are not a member of such a conversation.").into());
                }
                Err(AccessRefusal::Store(error)) => return Err(error.into()),
            }
        }
        let secret = self.new_ticket();
        let expires_at = self.now() + LIFETIME;
        let ticket = Ticket { user_did: caller.did().to_owned(), convo_id: input.convo_id };
        tickets::keep(&mut conn, &self.ticket_tag(&secret), &ticket, expires_at).await?;
        let endpoint = self.subscription_endpoint.parse().map_err(|error| Refusal::internal(format!("{error:?}")))?;
        Ok(get_subscription_ticket::Output { ticket: secret, endpoint, expires_at: Datetime::from(expires_at) })
    }
}

impl Api {
    /// The caller by the ticket that a subscription brings in place of a token; nothing when it brings none.
    pub async fn caller_by_ticket(&self, call: &Call<'_>) -> Result<Option<Caller>, Refusal> {
        if call.kind != MethodKind::Subscription || call.headers.contains_key(http::header::AUTHORIZATION) {
            return Ok(None);
        }
        let query = Query::parse(call.uri.query().unwrap_or_default());
        let Some(secret) = query.optional::<String>("ticket")? else { return Ok(None) };
        if !self.is_ticket(&secret) {
            return Err(invalid());
        }
        // Whose it is stands in the database. One that comes again and again is counted like a caller.
        self.callers.share(&secret).charge(1)?;
        let tag = self.ticket_tag(&secret);
        let redeemed = async { tickets::redeem(&mut *self.connection().await?, &tag, self.now()).await };
        let ticket = redeemed.await.map_err(refusals::not_stored)?.ok_or_else(invalid)?;
        let did = ticket.user_did.parse();
        let did = did.map_err(|_| Refusal::internal(StoreError::Impossible("a stored DID is none".to_owned())))?;
        let place = self.admit(&did).await?;
        Ok(Some(Caller { did, place, last_event_id: None, ticket_convo: ticket.convo_id }))
    }

    /// A new ticket: something random, and a mark that this server made it, so that nobody else's needs to be looked for.
    fn new_ticket(&self) -> String {
        let mut ticket = [0; 32];
        let (random, mark) = ticket.split_at_mut(TICKET_HALF);
        random.copy_from_slice(&rand::random::<[u8; TICKET_HALF]>());
        mark.copy_from_slice(&self.ticket_mark(random));
        encode_base64url(&ticket)
    }

    fn is_ticket(&self, text: &str) -> bool {
        let Some(ticket) = decode_base64(text).ok().filter(|ticket| ticket.len() == 2 * TICKET_HALF) else {
            return false;
        };
        let (random, mark) = ticket.split_at(TICKET_HALF);
        // In one form alone, or each of the others would have a count of its own.
        encode_base64url(&ticket) == text && self.ticket_mark(random).ct_eq(mark).into()
    }

    fn ticket_mark(&self, random: &[u8]) -> [u8; TICKET_HALF] {
        let tag = self.hashes.tag("subscription ticket mark", &[random]);
        std::array::from_fn(|place| tag[place])
    }

    fn ticket_tag(&self, secret: &str) -> [u8; 32] {
        self.hashes.tag("subscription ticket", &[secret.as_bytes()])
    }
}

fn invalid() -> Refusal {
    let text = "The ticket is unknown, was used, or has expired. Get a new one.";
    Refusal::new(RefusalKind::InvalidRequest, text).named("InvalidTicket")
}

/// Where a server is subscribed to that clients reach at this address.
pub fn endpoint(public_url: &str) -> String {
    let rest = public_url.strip_prefix("http").unwrap_or(public_url);
    format!("ws{rest}/xrpc/{}", subscribe_convo_events::NSID)
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn the_endpoint_has_the_scheme_of_web_sockets() {
        let path = "/xrpc/blue.catbird.mls.subscribeConvoEvents";
        assert_eq!(endpoint("https://mls.example"), format!("wss://mls.example{path}"));
        assert_eq!(endpoint("http://127.0.0.1:3000"), format!("ws://127.0.0.1:3000{path}"));
    }
}
