//! What the specification says about who may do what (ACC-07, ACC-10, TREE-05), written from its text
//! and apart from the product: nothing here calls it.

/// The nodes of the world in which the matrix is tried: one of each kind of neighbour.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Node {
    Platform,
    /// Another provider, its reseller and its customer.
    Other,
    OtherReseller,
    OtherCustomer,
    Provider,
    Reseller,
    /// A customer of the reseller, and its neighbour.
    Customer,
    Sibling,
    /// Another reseller of the same provider, and its customer.
    Rival,
    RivalCustomer,
    /// A customer of the provider itself.
    Direct,
}

pub const NODES: [Node; 11] = [
    Node::Platform,
    Node::Other,
    Node::OtherReseller,
    Node::OtherCustomer,
    Node::Provider,
    Node::Reseller,
    Node::Customer,
    Node::Sibling,
    Node::Rival,
    Node::RivalCustomer,
    Node::Direct,
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    Platform,
    Provider,
    Reseller,
    Customer,
}

impl Node {
    pub fn parent(self) -> Option<Self> {
        Some(match self {
            Self::Platform => return None,
            Self::Other | Self::Provider => Self::Platform,
            Self::OtherReseller | Self::OtherCustomer => Self::Other,
            Self::Reseller | Self::Rival | Self::Direct => Self::Provider,
            Self::Customer | Self::Sibling => Self::Reseller,
            Self::RivalCustomer => Self::Rival,
        })
    }

    pub fn level(self) -> Level {
        match self {
            Self::Platform => Level::Platform,
            Self::Other | Self::Provider => Level::Provider,
            Self::OtherReseller | Self::Reseller | Self::Rival => Level::Reseller,
            _ => Level::Customer,
        }
    }

    /// Whether it is this node or lies below it.
    pub fn holds(self, other: Self) -> bool {
        self == other || other.parent().is_some_and(|it| self.holds(it))
    }
}

/// The table of ACC-07.
pub fn role_may(role: &str, resource: &str, action: &str) -> bool {
    let read = action == "read";
    match role {
        "Platform admin" => true,
        "Platform support" => read || resource == "jobs",
        "Provider admin" => resource != "providers" || read || action == "update",
        "Provider support" => {
            !["roles", "tokens", "settings"].contains(&resource)
                && (read || action == "update" || action == "create" && resource != "providers")
        }
        "Accounting" => read || ["licences", "projects", "reports"].contains(&resource),
        "Customer manager" => {
            read || ["customers", "tenants", "sites", "contacts"].contains(&resource)
        }
        "Reseller admin" => match resource {
            "providers" | "products" | "settings" => read,
            "resellers" => read || action == "update",
            _ => true,
        },
        "Customer admin" => match resource {
            "tenants" | "sites" | "contacts" | "devices" | "users" | "tokens" | "numbers" => true,
            "entitlements" => read || action == "activate",
            "licences" | "assets" | "customers" | "audit" => read,
            _ => false,
        },
        "Read-only" => read,
        _ => panic!("the table has no {role}"),
    }
}

/// Who is best informed at a level: no role gives more there than its admin has.
fn admin_of(level: Level) -> &'static str {
    match level {
        Level::Platform => "Platform admin",
        Level::Provider => "Provider admin",
        Level::Reseller => "Reseller admin",
        Level::Customer => "Customer admin",
    }
}

/// Somebody who asks.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: &'static str,
    /// What they hold, where.
    pub held: &'static [(&'static str, Node)],
    /// Where they work: nothing outside is seen, whatever they hold there.
    pub home: Node,
    /// What a token leaves of it.
    pub only: &'static [&'static str],
    /// Whether they are let in at all.
    pub known: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// 401.
    Unknown,
    /// 403: their roles do not include it anywhere.
    Forbidden,
    /// 404, or a field error: as if the object did not exist.
    Hidden,
    /// 403 `not_yours`: it is seen, but belongs to a node above.
    Above,
    Allowed,
}

impl Person {
    fn holds(&self, role: &str, at: Node, resource: &str, action: &str) -> bool {
        role_may(role, resource, action)
            && role_may(admin_of(at.level()), resource, action)
            && (self.only.is_empty()
                || self.only.contains(&format!("{resource}:{action}").as_str()))
    }

    /// Whether an operation is there for them at all, wherever its objects lie; what needs nothing is
    /// there for everybody who is logged in.
    pub fn may_ask(&self, permissions: &[(&str, &str)]) -> Verdict {
        match self.verdict(self.home, permissions) {
            Verdict::Forbidden if permissions.is_empty() => Verdict::Allowed,
            Verdict::Hidden => Verdict::Allowed,
            it => it,
        }
    }

    /// Whether any of their roles at or around their place of work includes it.
    pub fn may_somewhere(&self, resource: &str, action: &str) -> bool {
        let mut here = self
            .held
            .iter()
            .filter(|(_, at)| at.holds(self.home) || self.home.holds(*at));
        here.any(|(role, at)| self.holds(role, *at, resource, action))
    }

    pub fn may_at(&self, node: Node, resource: &str, action: &str) -> bool {
        let mut over = self.held.iter().filter(|(_, at)| at.holds(node));
        self.home.holds(node) && over.any(|(role, at)| self.holds(role, *at, resource, action))
    }

    /// Going to another node: where they hold something, or below it; to a customer from above only
    /// with leave to work as one (ACC-13).
    pub fn switch(&self, node: Node) -> Verdict {
        let mut over = self.held.iter().filter(|(_, at)| at.holds(node));
        if !self.known {
            return Verdict::Unknown;
        }
        if over.clone().next().is_none() {
            return Verdict::Hidden;
        }
        let free = node.level() != Level::Customer || over.clone().any(|(_, at)| *at == node);
        if free || over.any(|(role, at)| self.holds(role, *at, "customers", "work_as")) {
            return Verdict::Allowed;
        }
        Verdict::Forbidden
    }

    /// Products are seen from below their provider too (ENT-01), by whoever reads licences as well.
    pub fn product(&self, node: Node, permissions: &[(&str, &str)]) -> Verdict {
        let verdict = self.verdict(node, permissions);
        let reads = permissions.iter().all(|(_, action)| *action == "read");
        match verdict {
            Verdict::Hidden if node.holds(self.home) && reads => Verdict::Allowed,
            Verdict::Hidden if node.holds(self.home) => Verdict::Above,
            it => it,
        }
    }

    pub fn verdict(&self, node: Node, permissions: &[(&str, &str)]) -> Verdict {
        if !self.known {
            return Verdict::Unknown;
        }
        // Providers are made where all of them are seen, resellers by whoever is above them.
        let highest = match permissions {
            [("providers", "create") | ("settings", "vouch")] => Level::Platform,
            [("resellers", "create")] => Level::Provider,
            [("manager", _)] if self.home.level() < Level::Customer => return Verdict::Forbidden,
            [("manager", _)] => return Verdict::Allowed,
            _ => Level::Customer,
        };
        if self.home.level() > highest {
            return Verdict::Forbidden;
        }
        if !permissions.iter().any(|(r, a)| self.may_somewhere(r, a)) {
            return Verdict::Forbidden;
        }
        if permissions.iter().any(|(r, a)| self.may_at(node, r, a)) {
            return Verdict::Allowed;
        }
        Verdict::Hidden
    }
}
