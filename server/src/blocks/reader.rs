//! Reads the blocks in one user's repository: DID document, then page after page from the server it names.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use atrium_api::{did_doc::DidDocument, types::string::Did};
use reqwest::{StatusCode, Url};

use super::{
    MOST_READINGS, Made, Unreadable,
    page::{COLLECTION, PAGE_RECORDS, Page},
};
use crate::{
    auth::{DocumentSource, LookupError},
    outbound::{BoxError, Destinations, FetchLimits, Fetcher, system_lookup},
};

/// How long reading one repository may take. Whoever asks doesn't wait for it that long.
const LONGEST_READING: Duration = Duration::from_secs(20);

/// Pages of one repository at most, also when they are nearly empty.
const MOST_PAGES: usize = 1000;

/// The memory that one repository may take, for each record that it may have: more than names and keys of the usual length
/// do.
const BYTES_OF_RECORD: usize = 256;

/// What one page may take.
const PAGE_LIMITS: FetchLimits = FetchLimits {
    connect_timeout: Duration::from_secs(3),
    total_timeout: Duration::from_secs(5),
    max_body_bytes: 256 * 1024,
    // Who reads has waited for their turn.
    concurrent: MOST_READINGS,
};

/// Reads repositories.
pub(super) struct Reader {
    documents: Arc<dyn DocumentSource>,
    servers: Fetcher,
    most_records: usize,
}

impl Reader {
    pub fn new(
        documents: Arc<dyn DocumentSource>,
        allow_loopback: bool,
        most_records: usize,
    ) -> Result<Self, BoxError> {
        let servers = Fetcher::new(Destinations { allow_loopback }, PAGE_LIMITS, system_lookup())?;
        Ok(Self { documents, servers, most_records })
    }

    /// All blocks in a user's repository. Nobody who has none, or no repository, blocks anybody.
    pub async fn read(&self, owner: &str) -> Result<Made, Unreadable> {
        let reading = tokio::time::timeout(LONGEST_READING, self.read_unhurried(owner));
        reading.await.unwrap_or_else(|_| Err(Unreadable::new("reading it takes too long")))
    }

    async fn read_unhurried(&self, owner: &str) -> Result<Made, Unreadable> {
        let did = Did::new(owner.to_owned()).map_err(Unreadable::new)?;
        let document = match self.documents.document(&did).await {
            Ok(document) => document,
            Err(LookupError::Missing) => return Ok(Made::new()),
            Err(LookupError::Unusable(reason)) => return Err(Unreadable::new(reason)),
            Err(LookupError::Unavailable(reason)) => return Err(Unreadable::new(reason)),
        };
        match server_of(owner, &document)? {
            Some(server) => self.read_pages(owner, &server).await,
            None => Ok(Made::new()),
        }
    }

    async fn read_pages(&self, owner: &str, server: &Url) -> Result<Made, Unreadable> {
        let (mut made, mut records, mut bytes) = (BTreeMap::new(), 0, 0);
        let mut cursor: Option<String> = None;
        let mut cursors = HashSet::new();
        for _ in 0..MOST_PAGES {
            let page = self.read_page(owner, server, cursor.as_deref()).await?;
            records += page.records;
            if records > self.most_records {
                return Err(Unreadable::new("it has more blocks than this server reads"));
            }
            for (subject, block) in page.blocks {
                bytes += block.weight(&subject);
                // Of several for one user the first is the newest.
                made.entry(subject).or_insert(block);
            }
            if bytes > self.most_records.saturating_mul(BYTES_OF_RECORD) {
                return Err(Unreadable::new("its blocks take more memory than this server has for them"));
            }
            let Some(next) = page.cursor else { return Ok(made) };
            if !cursors.insert(next.clone()) {
                return Err(Unreadable::new("its pages go round in a circle"));
            }
            cursor = Some(next);
        }
        Err(Unreadable::new("it has more pages than this server reads"))
    }

    async fn read_page(&self, owner: &str, server: &Url, cursor: Option<&str>) -> Result<Page, Unreadable> {
        let mut url = server.clone();
        url.set_path("/xrpc/com.atproto.repo.listRecords");
        url.query_pairs_mut()
            .append_pair("repo", owner)
            .append_pair("collection", COLLECTION)
            .append_pair("limit", &PAGE_RECORDS.to_string())
            .extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
        match self.servers.get(url).await {
            Ok((StatusCode::OK, body)) => Page::read(&body, owner),
            Ok((status, _)) => Err(Unreadable::new(format!("status {}", status.as_u16()))),
            Err(error) => Err(Unreadable::new(error.for_log())),
        }
    }
}

/// The server that holds a user's repository, if their document names one.
fn server_of(owner: &str, document: &DidDocument) -> Result<Option<Url>, Unreadable> {
    if document.id != owner {
        return Err(Unreadable::new("the DID document is another's"));
    }
    let full_id = format!("{owner}#atproto_pds");
    let mut services = document.service.iter().flatten();
    let found = services.find(|service| {
        service.r#type == "AtprotoPersonalDataServer" && (service.id == "#atproto_pds" || service.id == full_id)
    });
    let Some(service) = found else { return Ok(None) };
    let mut url = Url::parse(&service.service_endpoint).map_err(Unreadable::new)?;
    url.set_query(None);
    url.set_fragment(None);
    Ok(Some(url))
}
