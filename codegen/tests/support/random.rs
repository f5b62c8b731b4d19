//! Valid lexicons drawn at random, which use the whole language. Equal seeds give equal sets.

use lexicon_codegen::json::Json;

use crate::edit::Set;

/// A generator of numbers (SplitMix64, S. Vigna).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

const WORDS: [&str; 12] =
    ["amber", "birch", "cloud", "delta", "ember", "field", "grove", "harbor", "island", "jetty", "kite", "lantern"];
const FORMATS: [&str; 11] =
    ["at-identifier", "at-uri", "cid", "datetime", "did", "handle", "nsid", "tid", "record-key", "uri", "language"];
const ENCODINGS: [&str; 3] = ["image/*", "text/plain", "*/*"];
const SHARED: &str = "com.example.defs";

/// Eight lexicons: shared definitions, each kind of primary type, and methods for them.
pub fn set(seed: u64) -> Set {
    let mut writer = Writer {
        random: Random::new(seed),
        objects: vec![],
        plain: vec![],
        count: 0,
        seed: seed as usize,
        nsid: SHARED.into(),
    };
    let mut set = Set::new();
    set.insert(SHARED.to_owned(), writer.shared());
    for (name, kind) in [
        ("getAmber", "query"),
        ("readBirch", "query"),
        ("sendCloud", "procedure"),
        ("makeDelta", "procedure"),
        ("watchEmber", "subscription"),
        ("field", "record"),
        ("authGrove", "permission-set"),
    ] {
        let nsid = format!("com.example.{name}");
        set.insert(nsid.clone(), writer.document(&nsid, kind));
    }
    set
}

struct Writer {
    random: Random,
    /// Objects and other named schemas so far, by full name.
    objects: Vec<String>,
    plain: Vec<String>,
    count: usize,
    seed: usize,
    nsid: String,
}

type Fields = Vec<(&'static str, Json)>;

impl Writer {
    /// A name that nothing else has.
    fn name(&mut self) -> String {
        self.count += 1;
        format!("{}{}", self.random.pick(&WORDS), self.count)
    }

    fn described(&mut self, kind: &str) -> Fields {
        let word = *self.random.pick(&WORDS);
        self.count += 1;
        let prefix = if self.random.chance(5) { "Deprecated: " } else { "" };
        vec![("type", Json::from(kind)), ("description", Json::from(format!("{prefix}About {word} {}.", self.count)))]
    }

    fn whole(&self, defs: Vec<(String, Json)>) -> Json {
        Json::object([
            ("lexicon", Json::Integer(1)),
            ("id", Json::from(self.nsid.as_str())),
            ("revision", Json::Integer(1)),
            ("description", Json::from("Drawn at random.")),
            ("defs", Json::Object(defs)),
        ])
    }

    fn shared(&mut self) -> Json {
        let mut defs = Vec::new();
        for _ in 0..3 {
            let name = self.name();
            let schema = match self.random.below(4) {
                0 => self.string(),
                1 => self.integer(),
                2 => self.bytes(),
                _ => self.array(0),
            };
            defs.push((name.clone(), schema));
            self.plain.push(format!("{SHARED}#{name}"));
        }
        for _ in 0..4 {
            let name = self.name();
            let object = self.object(1);
            defs.push((name.clone(), object));
            self.objects.push(format!("{SHARED}#{name}"));
        }
        let token = (self.name(), Json::object(self.described("token")));
        defs.push(token);
        self.whole(defs)
    }

    fn document(&mut self, nsid: &str, kind: &str) -> Json {
        self.nsid = nsid.to_owned();
        let (known_objects, known_plain) = (self.objects.len(), self.plain.len());
        let mut defs = Vec::new();
        let name = self.name();
        defs.push((name.clone(), self.object(1)));
        self.objects.push(format!("{nsid}#{name}"));
        let loose = (
            self.name(),
            Json::object(self.described("object").into_iter().chain([("properties", Json::object::<&str>([]))])),
        );
        defs.push(loose);
        let main = match kind {
            "query" => self.query(),
            "procedure" => self.procedure(),
            "subscription" => self.subscription(),
            "record" => self.record(),
            _ => self.permission_set(),
        };
        defs.insert(0, ("main".to_owned(), main));
        // What is local is seen from elsewhere too, but a set reads better when it isn't.
        self.objects.truncate(known_objects);
        self.plain.truncate(known_plain);
        self.whole(defs)
    }

    fn query(&mut self) -> Json {
        let mut fields = self.described("query");
        fields.push(("parameters", self.params()));
        fields.push(("output", self.body()));
        fields.push(("errors", self.errors()));
        Json::object(fields)
    }

    fn procedure(&mut self) -> Json {
        let mut fields = self.described("procedure");
        if self.random.chance(50) {
            fields.push(("parameters", self.params()));
        }
        // Each encoding in turn, so that few sets have all of them where clients send and where they read.
        let bare = |number: usize| {
            let encoding = ENCODINGS[number % ENCODINGS.len()];
            Json::object([("description", Json::from("Bytes.")), ("encoding", Json::from(encoding))])
        };
        let (sends, makes) = (self.nsid.ends_with("sendCloud"), self.nsid.ends_with("makeDelta"));
        if sends || self.random.chance(70) {
            fields.push(("input", if sends { bare(self.seed) } else { self.body() }));
        }
        if makes || self.random.chance(70) {
            fields.push(("output", if makes { bare(self.seed) } else { self.body() }));
        }
        fields.push(("errors", self.errors()));
        Json::object(fields)
    }

    fn subscription(&mut self) -> Json {
        let mut fields = self.described("subscription");
        fields.push(("parameters", self.params()));
        if self.random.chance(75) {
            let union = self.union();
            fields.push(("message", Json::object([("description", Json::from("What happens.")), ("schema", union)])));
        }
        fields.push(("errors", self.errors()));
        Json::object(fields)
    }

    fn record(&mut self) -> Json {
        let mut fields = self.described("record");
        fields.push(("key", Json::from(*self.random.pick(&["tid", "any", "literal:self"]))));
        fields.push(("record", self.object(1)));
        Json::object(fields)
    }

    fn permission_set(&mut self) -> Json {
        let mut fields = self.described("permission-set");
        fields.push(("title", Json::from("Everything")));
        fields.push(("title:lang", Json::object([("de", Json::from("Alles"))])));
        fields.push(("detail", Json::from("All of it.")));
        let rpc = Json::object([
            ("type", Json::from("permission")),
            ("resource", Json::from("rpc")),
            ("inheritAud", Json::Bool(true)),
            ("lxm", Json::list(["com.example.getAmber"])),
        ]);
        let repo = Json::object([
            ("type", Json::from("permission")),
            ("resource", Json::from("repo")),
            ("collection", Json::list(["com.example.field"])),
        ]);
        fields.push(("permissions", Json::list([rpc, repo])));
        Json::object(fields)
    }

    fn errors(&mut self) -> Json {
        let count = 1 + self.random.below(3);
        let error = |number: usize| {
            Json::object([
                ("name", Json::from(format!("Failed{number}"))),
                ("description", Json::from(format!("It failed in way {number}."))),
            ])
        };
        Json::list((0..count).map(error))
    }

    fn body(&mut self) -> Json {
        let mut fields = vec![("description", Json::from("A body."))];
        let schema = match self.random.below(6) {
            0 | 1 => None,
            2 => Some(self.reference()),
            3 => Some(self.union()),
            _ => Some(self.object(0)),
        };
        let encoding =
            if schema.is_some() { "application/json" } else { *self.random.pick(&["*/*", "image/*", "text/plain"]) };
        fields.push(("encoding", Json::from(encoding)));
        fields.extend(schema.map(|schema| ("schema", schema)));
        Json::object(fields)
    }

    fn params(&mut self) -> Json {
        let mut fields = vec![("type", Json::from("params"))];
        let mut properties = Vec::new();
        for index in 0..2 + self.random.below(3) {
            let schema = match (index, self.random.below(4)) {
                (0, _) | (_, 0) => self.string(),
                (_, 1) => self.integer(),
                (_, 2) => self.boolean(),
                _ => {
                    let mut array = self.described("array");
                    array.push(("maxLength", Json::Integer(10)));
                    array.push(("items", self.integer()));
                    Json::object(array)
                }
            };
            properties.push((self.name(), schema));
        }
        let required = self.some(&properties);
        fields.extend(required.map(|names| ("required", names)));
        fields.push(("properties", Json::Object(properties)));
        Json::object(fields)
    }

    /// Some of the names that have no default.
    fn some(&mut self, properties: &[(String, Json)]) -> Option<Json> {
        let free = |json: &Json| !json.to_string().contains("\"default\":");
        let names: Vec<_> =
            properties.iter().filter(|(_, schema)| free(schema)).map(|(name, _)| name.clone()).collect();
        let names: Vec<_> = names.into_iter().filter(|_| self.random.chance(40)).collect();
        (!names.is_empty()).then(|| Json::list(names))
    }

    fn object(&mut self, depth: usize) -> Json {
        let mut fields = self.described("object");
        let count = 2 + self.random.below(5);
        let properties: Vec<_> = (0..count).map(|_| (self.name(), self.schema(depth))).collect();
        let required = self.some(&properties);
        let nullable = if self.random.chance(40) { self.some(&properties) } else { None };
        fields.extend(required.map(|names| ("required", names)));
        fields.extend(nullable.map(|names| ("nullable", names)));
        fields.push(("properties", Json::Object(properties)));
        Json::object(fields)
    }

    fn schema(&mut self, depth: usize) -> Json {
        match self.random.below(12) {
            0 => self.boolean(),
            1 | 2 => self.integer(),
            3..=5 => self.string(),
            6 => self.bytes(),
            7 => Json::object(self.described(if depth == 0 { "cid-link" } else { "unknown" })),
            8 => self.blob(),
            9 => self.array(depth),
            10 if !self.objects.is_empty() => self.union(),
            _ if !self.plain.is_empty() => self.reference(),
            _ => self.string(),
        }
    }

    fn boolean(&mut self) -> Json {
        let mut fields = self.described("boolean");
        match self.random.below(3) {
            0 => fields.push(("default", Json::Bool(true))),
            1 => fields.push(("const", Json::Bool(true))),
            _ => {}
        }
        Json::object(fields)
    }

    fn integer(&mut self) -> Json {
        let mut fields = self.described("integer");
        match self.random.below(5) {
            0 => fields.push(("minimum", Json::Integer(-5))),
            1 => fields.extend([
                ("minimum", Json::Integer(1)),
                ("maximum", Json::Integer(100)),
                ("default", Json::Integer(50)),
            ]),
            2 => fields.push(("enum", Json::list([512, 1024, 2048]))),
            3 => fields.push(("const", Json::Integer(7))),
            _ => {}
        }
        Json::object(fields)
    }

    fn string(&mut self) -> Json {
        let mut fields = self.described("string");
        match self.random.below(7) {
            0 => fields.push(("format", Json::from(*self.random.pick(&FORMATS)))),
            1 => fields.extend([("minLength", Json::Integer(2)), ("maxLength", Json::Integer(60))]),
            2 => fields.extend([
                ("maxLength", Json::Integer(600)),
                ("minGraphemes", Json::Integer(1)),
                ("maxGraphemes", Json::Integer(60)),
            ]),
            3 => fields.extend([
                ("maxLength", Json::Integer(20)),
                ("knownValues", Json::list(["red", "green"])),
                ("default", Json::from("red")),
            ]),
            4 => fields.push(("enum", Json::list(["small", "large"]))),
            5 => fields.push(("const", Json::from("fixed"))),
            _ => fields.push(("maxLength", Json::Integer(128))),
        }
        Json::object(fields)
    }

    fn bytes(&mut self) -> Json {
        let mut fields = self.described("bytes");
        fields.extend([("minLength", Json::Integer(1)), ("maxLength", Json::Integer(1000))]);
        Json::object(fields)
    }

    fn blob(&mut self) -> Json {
        let mut fields = self.described("blob");
        if self.random.chance(70) {
            fields.push(("accept", Json::list(["image/png", "image/jpeg"])));
        }
        fields.push(("maxSize", Json::Integer(1_000_000)));
        Json::object(fields)
    }

    fn array(&mut self, depth: usize) -> Json {
        let mut fields = self.described("array");
        fields.extend([("minLength", Json::Integer(1)), ("maxLength", Json::Integer(50))]);
        let items = match self.random.below(4) {
            0 => self.integer(),
            1 if depth > 0 && !self.objects.is_empty() => self.reference(),
            2 if depth > 0 && !self.objects.is_empty() => self.union(),
            _ => self.string(),
        };
        fields.push(("items", items));
        Json::object(fields)
    }

    /// As it would be written in this document.
    fn spelt(&self, target: &str) -> String {
        target.strip_prefix(&self.nsid).filter(|rest| rest.starts_with('#')).unwrap_or(target).to_owned()
    }

    fn reference(&mut self) -> Json {
        let known: Vec<_> = self.objects.iter().chain(&self.plain).cloned().collect();
        let target = self.random.pick(&known).clone();
        let mut fields = self.described("ref");
        fields.push(("ref", Json::from(self.spelt(&target))));
        Json::object(fields)
    }

    fn union(&mut self) -> Json {
        let mut fields = self.described("union");
        let start = self.random.below(self.objects.len());
        let refs: Vec<_> = self.objects.iter().skip(start).take(2).map(|target| self.spelt(target)).collect();
        fields.push(("refs", Json::list(refs)));
        if self.random.chance(40) {
            fields.push(("closed", Json::Bool(true)));
        }
        Json::object(fields)
    }
}
