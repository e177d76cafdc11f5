//! A statement under construction. Its text is `&'static str` all the way, so nothing a client sent
//! can become SQL: that does not compile.

use super::{Column, Error, Value};
use std::borrow::Cow;

/// SQL text with `$1`, `$2` … and the values they stand for.
#[derive(Clone, Debug, Default)]
pub struct Sql {
    pub(super) text: Cow<'static, str>,
    pub(super) values: Vec<Value>,
    pub(super) slow: bool,
}

/// `sql!("select * from site where provider_id = $1 and id = $2", provider_id, id)`.
/// The number of arguments is checked while compiling.
#[macro_export]
macro_rules! sql {
    ($text:expr $(, $value:expr)* $(,)?) => {{
        const {
            assert!(
                $crate::conn::highest_parameter($text) == <[&str]>::len(&[$(stringify!($value)),*]),
                "the highest $n in the text is not the number of arguments"
            )
        };
        #[allow(unused_mut)]
        let mut sql = $crate::conn::Sql::new($text);
        $(sql.add($value);)*
        sql
    }};
}

impl Sql {
    pub fn new(text: &'static str) -> Self {
        Sql {
            text: Cow::Borrowed(text),
            ..Sql::default()
        }
    }

    /// Text that was put together in this folder, out of static parts only.
    pub(super) fn built(text: String, values: Vec<Value>) -> Self {
        Sql {
            text: Cow::Owned(text),
            values,
            slow: false,
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn values(&self) -> &[Value] {
        &self.values
    }

    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Adds a value the text already names by its number.
    pub fn add<M>(&mut self, value: impl Bind<M>) -> &mut Self {
        self.values.push(value.to_value());
        self
    }

    /// Adds a value and its `$n` to the text.
    pub fn bind<M>(&mut self, value: impl Bind<M>) -> &mut Self {
        self.add(value);
        self.placeholder(self.values.len());
        self
    }

    /// ` and <condition>`: each `?` is the next value of a tuple; a single value is all of them.
    pub fn and<M>(&mut self, condition: &'static str, values: impl Binds<M>) -> &mut Self {
        self.push(" and ").part(condition, values)
    }

    /// A condition with `?` for its values, as in [`and`](Self::and), without the `and`.
    pub fn part<M>(&mut self, condition: &'static str, values: impl Binds<M>) -> &mut Self {
        let first = self.values.len();
        values.add_to(&mut self.values);
        let mut next = first;
        for (nth, part) in condition.split('?').enumerate() {
            if nth > 0 {
                next = (next + 1).min(self.values.len());
                self.placeholder(next);
            }
            self.push(part);
        }
        self
    }

    /// ` and <expression> in ($4,$5,…)`, padded to a power of two by repeating the last value, so
    /// that there are few statement shapes. Nothing is in an empty list. Keep lists under 16,384.
    pub fn and_in(&mut self, expression: &'static str, mut values: Vec<Value>) -> &mut Self {
        let Some(last) = values.last().cloned() else {
            return self.push(" and false");
        };
        values.resize(values.len().next_power_of_two(), last);
        self.push(" and ").push(expression);
        for (nth, value) in values.into_iter().enumerate() {
            self.push(if nth == 0 { " in (" } else { "," }).bind(value);
        }
        self.push(")")
    }

    /// Appends another statement's text and values, its `$n` counted on from this one's.
    pub fn append(&mut self, other: Sql) -> &mut Self {
        let before = self.values.len();
        let mut parts = other.text.split('$');
        let text = self.text.to_mut();
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let end = part
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(part.len());
            let (number, rest) = part.split_at(end);
            text.push('$');
            match number.parse::<usize>() {
                Ok(number) => text.push_str(&(number + before).to_string()),
                Err(_) => text.push_str(number),
            }
            text.push_str(rest);
        }
        self.values.extend(other.values);
        self.slow |= other.slow;
        self
    }

    /// Expect this to take a while (search, exact counts, exports): SQLite runs it where it holds up
    /// no other request, PostgreSQL plans it anew for just these values.
    pub fn slow(mut self) -> Self {
        self.slow = true;
        self
    }

    fn placeholder(&mut self, number: usize) {
        let text = self.text.to_mut();
        text.push('$');
        text.push_str(&number.to_string());
    }

    /// Left to themselves SQLite would take a missing value for NULL, and PostgreSQL ignore one too
    /// many.
    pub(super) fn check(&self) -> Result<(), Error> {
        let (given, wanted) = (self.values.len(), highest_parameter(&self.text));
        if wanted == given {
            return Ok(());
        }
        Err(Error::Other(format!(
            "{given} values for {wanted} parameters in: {}",
            self.text
        )))
    }
}

/// The highest `$n` in a text.
pub const fn highest_parameter(text: &str) -> usize {
    let text = text.as_bytes();
    let (mut at, mut highest) = (0, 0);
    while at < text.len() {
        at += 1;
        if text[at - 1] != b'$' {
            continue;
        }
        let mut number = 0;
        while at < text.len() && text[at].is_ascii_digit() {
            number = number * 10 + (text[at] - b'0') as usize;
            at += 1;
        }
        if number > highest {
            highest = number;
        }
    }
    highest
}

/// What may stand as a parameter: a column type, a reference to one, an `Option` of either, `&str`,
/// or a `Value`. `M` only keeps the implementations apart; it is always inferred.
pub trait Bind<M> {
    fn to_value(self) -> Value;
}

pub struct Owned;
pub struct Borrowed;
pub struct Plain;

impl<T: Column> Bind<Owned> for T {
    fn to_value(self) -> Value {
        T::value(Some(self))
    }
}

impl<T: Column + Clone> Bind<Borrowed> for &T {
    fn to_value(self) -> Value {
        T::value(Some(self.clone()))
    }
}

impl<T: Column + Clone> Bind<Borrowed> for Option<&T> {
    fn to_value(self) -> Value {
        T::value(self.cloned())
    }
}

impl Bind<Plain> for &str {
    fn to_value(self) -> Value {
        Value::Text(Some(self.to_owned()))
    }
}

impl Bind<Plain> for Option<&str> {
    fn to_value(self) -> Value {
        Value::Text(self.map(str::to_owned))
    }
}

impl Bind<Plain> for Value {
    fn to_value(self) -> Value {
        self
    }
}

/// One value, a tuple of them, or a list made elsewhere.
pub trait Binds<M> {
    fn add_to(self, values: &mut Vec<Value>);
}

pub struct One<M>(std::marker::PhantomData<M>);
pub struct List;

impl<M, T: Bind<M>> Binds<One<M>> for T {
    fn add_to(self, values: &mut Vec<Value>) {
        values.push(self.to_value());
    }
}

impl Binds<List> for Vec<Value> {
    fn add_to(self, values: &mut Vec<Value>) {
        values.extend(self);
    }
}

impl Binds<List> for () {
    fn add_to(self, _: &mut Vec<Value>) {}
}

macro_rules! tuple {
    ($($type:ident $marker:ident),+) => {
        impl<$($marker, $type: Bind<$marker>),+> Binds<($(One<$marker>,)+)> for ($($type,)+) {
            fn add_to(self, values: &mut Vec<Value>) {
                #[allow(non_snake_case)]
                let ($($type,)+) = self;
                $(values.push($type.to_value());)+
            }
        }
    };
}

tuple!(A MA);
tuple!(A MA, B MB);
tuple!(A MA, B MB, C MC);
tuple!(A MA, B MB, C MC, D MD);
