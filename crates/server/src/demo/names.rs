//! What the demo's organisations and people are called.

use app::customers::Customer;
use serde_json::{Map, Value as Json, json};

/// Pseudo-random numbers that are the same on every machine (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let at = self.below(all.len() as u64) as usize;
        &all[at]
    }
}

pub const RESELLERS: [(&str, &str, &str); 8] = [
    ("Vertex IT", "vertex", "Europe/Berlin"),
    ("CloudBridge", "cloudbridge", "Europe/Amsterdam"),
    ("Nexio Systems", "nexio", "Europe/Stockholm"),
    ("TeleOne Partners", "teleone", "Europe/Madrid"),
    ("PartnerHub Nordic", "partnerhub", "Europe/Helsinki"),
    ("Alpenkom", "alpenkom", "Europe/Vienna"),
    ("Baltic Voice", "balticvoice", "Europe/Riga"),
    ("Atlantique Réseaux", "atlantique", "Europe/Paris"),
];

pub const TENANTS: [&str; 6] = [
    "Data centre Frankfurt",
    "Data centre Dublin",
    "Production",
    "Contact centre",
    "Branch network",
    "Laboratory",
];

const FIRST: [&str; 40] = [
    "Evergreen",
    "Harbour",
    "Horizon",
    "Summit",
    "Alpine",
    "Falcon",
    "Juniper",
    "Meridian",
    "Silver",
    "Northwind",
    "Aurora",
    "Cedar",
    "Copper",
    "Delta",
    "Ember",
    "Fjord",
    "Granite",
    "Hazel",
    "Iris",
    "Jade",
    "Keystone",
    "Linden",
    "Maple",
    "Nimbus",
    "Orchid",
    "Pioneer",
    "Quartz",
    "Raven",
    "Sierra",
    "Tidal",
    "Umbra",
    "Vela",
    "Willow",
    "Zenith",
    "Amber",
    "Beacon",
    "Cobalt",
    "Drift",
    "Elm",
    "Forge",
];
const BRANCH: [(&str, &str); 20] = [
    ("Health", "Q"),
    ("Foods", "C"),
    ("Studios", "R"),
    ("Freight", "H"),
    ("Media", "J"),
    ("Motors", "G"),
    ("Insurance", "K"),
    ("Systems", "J"),
    ("Dental", "Q"),
    ("Legal", "M"),
    ("Robotics", "C"),
    ("Energy", "D"),
    ("Logistics", "H"),
    ("Textiles", "C"),
    ("Hotels", "I"),
    ("Pharma", "C"),
    ("Marine", "H"),
    ("Academy", "P"),
    ("Retail", "G"),
    ("Construction", "F"),
];
/// Form, country, time zone, cities with postal codes, dialling code.
#[allow(clippy::type_complexity, reason = "a table, read once")]
const PLACES: [(&str, &str, &str, [(&str, &str); 3], &str); 14] = [
    (
        "GmbH",
        "DE",
        "Europe/Berlin",
        [
            ("München", "80331"),
            ("Hamburg", "20095"),
            ("Köln", "50667"),
        ],
        "+49",
    ),
    (
        "BV",
        "NL",
        "Europe/Amsterdam",
        [
            ("Amsterdam", "1012 AB"),
            ("Utrecht", "3511 LN"),
            ("Eindhoven", "5611 AZ"),
        ],
        "+31",
    ),
    (
        "Ltd",
        "GB",
        "Europe/London",
        [
            ("London", "EC1A 1BB"),
            ("Leeds", "LS1 4AP"),
            ("Bristol", "BS1 4ST"),
        ],
        "+44",
    ),
    (
        "AB",
        "SE",
        "Europe/Stockholm",
        [
            ("Stockholm", "111 20"),
            ("Göteborg", "411 03"),
            ("Malmö", "211 22"),
        ],
        "+46",
    ),
    (
        "Oy",
        "FI",
        "Europe/Helsinki",
        [
            ("Helsinki", "00100"),
            ("Tampere", "33100"),
            ("Jyväskylä", "40100"),
        ],
        "+358",
    ),
    (
        "ApS",
        "DK",
        "Europe/Copenhagen",
        [
            ("København", "1050"),
            ("Aarhus", "8000"),
            ("Næstved", "4700"),
        ],
        "+45",
    ),
    (
        "SA",
        "FR",
        "Europe/Paris",
        [
            ("Paris", "75002"),
            ("Orléans", "45000"),
            ("Saint-Étienne", "42000"),
        ],
        "+33",
    ),
    (
        "SL",
        "ES",
        "Europe/Madrid",
        [
            ("Madrid", "28013"),
            ("A Coruña", "15001"),
            ("Málaga", "29001"),
        ],
        "+34",
    ),
    (
        "Lda",
        "PT",
        "Europe/Lisbon",
        [
            ("Lisboa", "1100-148"),
            ("Porto", "4000-322"),
            ("São João da Madeira", "3700-121"),
        ],
        "+351",
    ),
    (
        "s.r.o.",
        "CZ",
        "Europe/Prague",
        [("Praha", "110 00"), ("Brno", "602 00"), ("Plzeň", "301 00")],
        "+420",
    ),
    (
        "Sp. z o.o.",
        "PL",
        "Europe/Warsaw",
        [
            ("Warszawa", "00-001"),
            ("Łódź", "90-001"),
            ("Kraków", "30-001"),
        ],
        "+48",
    ),
    (
        "AG",
        "CH",
        "Europe/Zurich",
        [("Zürich", "8001"), ("Bern", "3011"), ("Genève", "1201")],
        "+41",
    ),
    (
        "Inc.",
        "US",
        "America/New_York",
        [
            ("Boston", "02108"),
            ("Denver", "80202"),
            ("Portland", "97201"),
        ],
        "+1",
    ),
    (
        "Ltda",
        "BR",
        "America/Sao_Paulo",
        [
            ("São Paulo", "01001-000"),
            ("Curitiba", "80010-000"),
            ("Brasília", "70040-010"),
        ],
        "+55",
    ),
];
/// Names that no pattern makes, so that every script and sign is met in daily work.
const SPECIAL: [(&str, &str); 12] = [
    ("Müller & Söhne Maschinenbau GmbH", "DE"),
    ("O'Neil & Daughters Solicitors", "IE"),
    ("São Bento Logística Ltda", "PT"),
    ("Łódzkie Zakłady Włókiennicze", "PL"),
    ("Ødegaard Marine AS", "NO"),
    ("Ελληνικά Δίκτυα ΑΕ", "GR"),
    ("大阪精密工業株式会社", "JP"),
    ("서울데이터센터", "KR"),
    ("100% Recycled Packaging", "GB"),
    ("Öffentliche Bücherhallen Nord", "DE"),
    (
        "Compagnie Générale des Réseaux de Télécommunications Régionales de l'Ouest et du Centre-Val de Loire",
        "FR",
    ),
    ("X", "US"),
];
const STREETS: [&str; 8] = [
    "Harbour Street",
    "Station Road",
    "Market Square",
    "Mill Lane",
    "Kings Avenue",
    "Ring Road",
    "Garden Street",
    "Bridge Street",
];
pub const GIVEN: [&str; 24] = [
    "Anna",
    "Lukas",
    "Sofía",
    "Mateusz",
    "Ingrid",
    "Jürgen",
    "Chloé",
    "Tomás",
    "Aino",
    "Søren",
    "Zoë",
    "Pavel",
    "Emma",
    "Noah",
    "Marta",
    "Émile",
    "Katarzyna",
    "Björn",
    "Inês",
    "Oskar",
    "Yuki",
    "Daan",
    "Freja",
    "Liam",
];
pub const FAMILY: [&str; 24] = [
    "Becker",
    "Janssen",
    "Lindqvist",
    "Kowalska",
    "Virtanen",
    "O'Brien",
    "Dubois",
    "García",
    "Nielsen",
    "Novák",
    "Müller",
    "Silva",
    "Andersson",
    "de Vries",
    "Schäfer",
    "Laurent",
    "Romero",
    "Hansen",
    "Dvořák",
    "Costa",
    "Tanaka",
    "Smith",
    "Mäkinen",
    "Wójcik",
];

/// The input of the `n`th customer.
pub fn customer(n: usize, dice: &mut Dice) -> Map<String, Json> {
    let (form, country, zone, cities, _) = dice.pick(&PLACES);
    let (branch, industry) = BRANCH[(n / FIRST.len() + n) % BRANCH.len()];
    let first = FIRST[n % FIRST.len()];
    let special = (n % 40 == 20).then(|| SPECIAL[(n / 40) % SPECIAL.len()]);
    let name = match special {
        Some((name, _)) if n < 40 * SPECIAL.len() => name.to_owned(),
        _ => format!("{first} {branch} {form}"),
    };
    let name = if n >= FIRST.len() * BRANCH.len() {
        format!("{name} {}", n / (FIRST.len() * BRANCH.len()) + 1)
    } else {
        name
    };
    let country = special.map_or(*country, |it| it.1);
    let (city, postal_code) = dice.pick(cities);
    // The few with names of their own come from elsewhere.
    let (city, postal_code) = if special.is_some() {
        ("", "")
    } else {
        (*city, *postal_code)
    };
    let slug = format!(
        "{}-{}-{}",
        first.to_lowercase(),
        branch.to_lowercase(),
        country.to_lowercase()
    );
    let size = dice.pick(&[
        "0-19", "20-99", "20-99", "100-249", "250-499", "500-999", "1000+",
    ]);
    let mut fields = json!({
        "name": name,
        "stage": match dice.below(100) { 0..=9 => "prospect", 10..=13 => "former", _ => "customer" },
        "domains": if dice.below(10) < 8 { json!([format!("{slug}.example")]) } else { json!([]) },
        "time_zone": if dice.below(10) < 4 { json!(zone) } else { Json::Null },
        "website": format!("https://www.{slug}.example/"),
        "country": country, "city": city, "postal_code": postal_code,
        "address_line1": format!("{} {}", dice.pick(&STREETS), dice.below(180) + 1),
        "company_size": size, "industries": [industry],
        "public_sector": industry == "P" && dice.below(2) == 0,
        "external_id": if dice.below(10) < 6 { json!(format!("ERP-{:05}", 20_000 + n)) } else { Json::Null },
        "account_id": format!("{:08}", 4_000_000 + n * 37),
        "deal_ids": if dice.below(10) < 3 { json!([format!("D-{:04}", n + 100), format!("D-{:04}", n + 4100)]) } else { json!([]) },
        "description": if dice.below(10) < 3 { "Hosted telephony and contact centre, yearly billing." } else { "" },
    });
    if let Json::Object(map) = &mut fields {
        return std::mem::take(map);
    }
    Map::new()
}

/// The input of one site of a customer.
pub fn site(at: usize, customer: &Customer, dice: &mut Dice) -> Map<String, Json> {
    let (_, country, zone, cities, _) = dice.pick(&PLACES);
    let (city, postal_code) = dice.pick(cities);
    let kind = if at == 0 {
        "office"
    } else {
        dice.pick(&[
            "office",
            "branch",
            "branch",
            "warehouse",
            "data_centre",
            "other",
        ])
    };
    let name = match at {
        0 => "Head office".to_owned(),
        _ => format!("{city} {}", kind.replace('_', " ")),
    };
    let own = (at == 0).then_some(&customer.input);
    let fields = json!({
        "name": name, "kind": kind, "site_id": "",
        "status": if dice.below(12) == 0 { "planned" } else { "active" },
        "city": own.map_or(*city, |it| it.city.as_str()),
        "postal_code": own.map_or(*postal_code, |it| it.postal_code.as_str()),
        "country": own.map_or(json!(country), |it| json!(it.country)),
        "address_line1": format!("{} {}", dice.pick(&STREETS), dice.below(120) + 1),
        "time_zone": if at == 0 { Json::Null } else { json!(zone) },
    });
    match fields {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

/// The input of a person who works for a customer.
pub fn contact(n: usize, at: usize, customer: &Customer, dice: &mut Dice) -> Map<String, Json> {
    let given = GIVEN[(n * 3 + at * 7) % GIVEN.len()];
    let family = FAMILY[(n * 5 + at * 11) % FAMILY.len()];
    let host = customer
        .input
        .domains
        .first()
        .map_or("mail.example", |it| it.as_str());
    let user = kit::text::search_text(&format!("{given}.{family}")).replace([' ', '\''], "");
    let (.., dial) = dice.pick(&PLACES);
    let fields = json!({
        "first_name": given, "last_name": family, "email": format!("{user}@{host}"),
        "phone": format!("{dial} {} {}", 20 + dice.below(70), 100_000 + dice.below(899_999)),
        "job_title": dice.pick(&["IT manager", "Head of finance", "Operations", "Telephony lead", "Managing director", "Office manager"]),
    });
    match fields {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

/// What somebody changed later.
pub fn change(dice: &mut Dice) -> Map<String, Json> {
    let (.., cities, _) = dice.pick(&PLACES);
    let (city, postal_code) = dice.pick(cities);
    let fields = match dice.below(5) {
        0 => json!({ "description": "Moved to the new tariff; annual review in spring." }),
        1 => json!({ "city": city, "postal_code": postal_code }),
        2 => json!({ "company_size": dice.pick(&["20-99", "100-249", "250-499"]) }),
        3 => json!({ "crm_id": format!("CRM-{}", 10_000 + dice.below(90_000)) }),
        _ => json!({ "inactive_billing": dice.below(2) == 0 }),
    };
    match fields {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}
