//! Customers that are always the same: names in many scripts, most fields filled as people fill them.

use serde_json::{Map, Value as Json, json};

/// Pseudo-random numbers that are the same on every machine (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((it ^ (it >> 31)) % limit.max(1) as u64) as usize
    }

    pub fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all.get(self.below(all.len())).copied().unwrap_or_default()
    }
}

const FIRST: [&str; 32] = [
    "Harbour",
    "Evergreen",
    "Müller",
    "Øresund",
    "Société Rhône",
    "São Bento",
    "Łódzka",
    "Çelik",
    "Αιγαίο",
    "Северный",
    "Київська",
    "مؤسسة النور",
    "חברת הים",
    "भारत",
    "東京",
    "株式会社さくら",
    "한빛",
    "北京华信",
    "ไทยรุ่งเรือง",
    "Ivanić",
    "Győri",
    "Škofja",
    "Ñandú",
    "Straße",
    "Falcon",
    "Juniper",
    "Meridian",
    "Northwind",
    "Aurora",
    "Kestrel",
    "Tamarind",
    "Ægir",
];

const SECOND: [&str; 24] = [
    "Consulting",
    "Group",
    "Logistics",
    "Clinic",
    "Energie",
    "Elektro",
    "Media",
    "Textiles",
    "Software",
    "Foods",
    "Bank",
    "Schule",
    "Travel",
    "Pharma",
    "Steel",
    "Design",
    "Marine",
    "Optik",
    "Studio",
    "Versicherung",
    "Agro",
    "Motors",
    "Hotels",
    "Printing",
];

const PLACES: [(&str, &str, &str, &str); 12] = [
    ("Hamburg", "Hamburg", "DE", "20095"),
    ("Leeds", "West Yorkshire", "GB", "LS1 4DY"),
    ("Porto", "Porto", "PT", "4000-322"),
    ("Αθήνα", "Αττική", "GR", "105 57"),
    ("Київ", "Київ", "UA", "01001"),
    ("東京", "東京都", "JP", "100-0001"),
    ("서울", "서울", "KR", "04524"),
    ("القاهرة", "القاهرة", "EG", "11511"),
    ("München", "Bayern", "DE", "80331"),
    ("Lyon", "Auvergne-Rhône-Alpes", "FR", "69001"),
    ("São Paulo", "SP", "BR", "01000-000"),
    ("Austin", "TX", "US", "78701"),
];

/// Common and rare needles of 3, 5 and 10 characters; about one customer in 5,000 has a rare one.
pub const NEEDLES: [(&str, &str); 6] = [
    ("ing", "common"),
    ("group", "common"),
    ("consulting", "common"),
    ("qvz", "rare"),
    ("zqxwv", "rare"),
    ("xylquorpht", "rare"),
];

/// The fields of the customer with this number, as a request's body has them.
pub fn customer(n: usize) -> Map<String, Json> {
    let mut dice = Dice::new(n as u64 + 1);
    let (first, second) = (dice.pick(&FIRST), dice.pick(&SECOND));
    let rare = match n % 5_000 {
        17 => " Qvz",
        1_017 => " Zqxwv",
        2_017 => " Xylquorpht",
        _ => "",
    };
    let (city, state, country, postal_code) = PLACES[dice.below(PLACES.len())];
    let stage = ["customer", "customer", "customer", "prospect", "former"][dice.below(5)];
    let fields = json!({
        "name": format!("{first} {second}{rare} {n}"),
        "stage": stage,
        "external_id": format!("X{n:07}"),
        "domains": [format!("c{n}.example"), format!("www.c{n}.example")],
        "website": format!("https://www.c{n}.example"),
        "description": if n.is_multiple_of(3) { "Served by the regional team; invoices go to the head office." } else { "" },
        "crm_id": if n.is_multiple_of(2) { format!("CRM-{}", n * 7) } else { String::new() },
        "account_id": format!("A{}", 100_000 + n),
        "industries": [dice.pick(&["C", "G", "J", "Q", "P"])],
        "address_line1": format!("Main Street {}", 1 + dice.below(200)),
        "city": city, "state": state, "postal_code": postal_code, "country": country,
        "time_zone": if n.is_multiple_of(4) { Some("Europe/Berlin") } else { None },
    });
    match fields {
        Json::Object(fields) => fields,
        _ => Map::new(),
    }
}
