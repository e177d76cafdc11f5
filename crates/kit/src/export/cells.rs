//! A record's fields as cells, without an object in between: an export of a million records would
//! make and drop some sixty million values for it.

use std::fmt::{Display, Write};

use serde::ser::{self, Impossible, Serialize};
use serde_json::Value as Json;

/// The cells of one row after another, in the order of the columns.
pub struct Cells<'a> {
    columns: &'a [String],
    pub(super) cells: Vec<String>,
    pub(super) kinds: Vec<Kind>,
    form: Form,
    /// Where the next field is looked for first: fields mostly come in the columns' order.
    next: usize,
    key: String,
}

/// Whether cells know what they hold: text alone must not look like a formula.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Typed,
}

impl<'a> Cells<'a> {
    pub fn new(columns: &'a [String], form: Form) -> Self {
        Self {
            columns,
            cells: vec![String::new(); columns.len()],
            kinds: vec![Kind::Nothing; columns.len()],
            form,
            next: 0,
            key: String::new(),
        }
    }

    /// The cells of a record; those of fields that it does not have are empty.
    pub fn of<T: Serialize>(&mut self, it: &T) -> &[String] {
        self.cells.iter_mut().for_each(String::clear);
        self.kinds.fill(Kind::Nothing);
        self.next = 0;
        // What is no record has no fields.
        let _ = it.serialize(&mut *self);
        &self.cells
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        let columns = self.columns;
        let found = (self.next..columns.len())
            .chain(0..self.next)
            .find(|at| columns[*at] == name);
        let Some(at) = found else { return };
        self.next = at + 1;
        self.kinds[at] = write(&mut self.cells[at], value, self.form);
    }
}

/// Writes a value as [`cell`](super::cell) would, the short way where there is one.
fn write<T: Serialize + ?Sized>(out: &mut String, value: &T, form: Form) -> Kind {
    let plain = Plain {
        out,
        in_list: false,
    };
    let kind = value.serialize(plain).unwrap_or_else(|Other| {
        out.clear();
        let value = serde_json::to_value(value).unwrap_or(Json::Null);
        let (text, kind) = super::plain(&value);
        out.push_str(&text);
        kind
    });
    super::shield(out, kind, form);
    kind
}

/// What was written: texts and lists may have to be shielded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Nothing,
    Text,
    List,
    Number,
    Boolean,
    Object,
}

/// Anything that takes the long way: objects, bytes, decimals.
#[derive(Debug)]
pub struct Other;

impl Display for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a plain value")
    }
}
impl std::error::Error for Other {}
impl ser::Error for Other {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// Writes texts, numbers, truth values and lists of texts.
pub struct Plain<'a> {
    out: &'a mut String,
    in_list: bool,
}

impl Plain<'_> {
    fn show(self, it: impl Display) -> Result<Kind, Other> {
        write!(self.out, "{it}").map_err(|_| Other)?;
        Ok(Kind::Number)
    }
}

/// The methods of a serializer that have no plain form.
macro_rules! others {
    ($($name:ident($($type:ty),*);)+) => {
        $(fn $name(self, $(_: $type),*) -> Result<Self::Ok, Self::Error> { Err(Other) })+
    };
}

/// The same for those that begin something longer.
macro_rules! no_compounds {
    () => {
        type SerializeTuple = Impossible<Self::Ok, Self::Error>;
        type SerializeTupleStruct = Impossible<Self::Ok, Self::Error>;
        type SerializeTupleVariant = Impossible<Self::Ok, Self::Error>;
        type SerializeStructVariant = Impossible<Self::Ok, Self::Error>;
        fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Other> {
            Err(Other)
        }
        fn serialize_tuple_struct(
            self,
            _: &'static str,
            _: usize,
        ) -> Result<Self::SerializeTupleStruct, Other> {
            Err(Other)
        }
        fn serialize_tuple_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Self::SerializeTupleVariant, Other> {
            Err(Other)
        }
        fn serialize_struct_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Self::SerializeStructVariant, Other> {
            Err(Other)
        }
        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<Self::Ok, Other> {
            Err(Other)
        }
    };
}

impl<'a> ser::Serializer for Plain<'a> {
    type Ok = Kind;
    type Error = Other;
    type SerializeSeq = List<'a>;
    type SerializeMap = Impossible<Kind, Other>;
    type SerializeStruct = Impossible<Kind, Other>;
    no_compounds!();
    others! {
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_bytes(&[u8]);
        serialize_unit_struct(&'static str);
    }

    fn serialize_bool(self, it: bool) -> Result<Kind, Other> {
        self.show(it).map(|_| Kind::Boolean)
    }
    fn serialize_i8(self, it: i8) -> Result<Kind, Other> {
        self.show(it)
    }
    fn serialize_i16(self, it: i16) -> Result<Kind, Other> {
        self.show(it)
    }
    fn serialize_i32(self, it: i32) -> Result<Kind, Other> {
        self.show(it)
    }
    fn serialize_i64(self, it: i64) -> Result<Kind, Other> {
        self.show(it)
    }
    fn serialize_u8(self, it: u8) -> Result<Kind, Other> {
        self.show(it)
    }
    fn serialize_u16(self, it: u16) -> Result<Kind, Other> {
        self.show(it)
    }
    fn serialize_u32(self, it: u32) -> Result<Kind, Other> {
        self.show(it)
    }
    fn serialize_u64(self, it: u64) -> Result<Kind, Other> {
        self.show(it)
    }
    fn serialize_char(self, it: char) -> Result<Kind, Other> {
        self.out.push(it);
        Ok(Kind::Text)
    }
    fn serialize_str(self, it: &str) -> Result<Kind, Other> {
        self.out.push_str(it);
        Ok(Kind::Text)
    }
    fn collect_str<T: Display + ?Sized>(self, it: &T) -> Result<Kind, Other> {
        write!(self.out, "{it}").map_err(|_| Other)?;
        Ok(Kind::Text)
    }
    fn serialize_none(self) -> Result<Kind, Other> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, it: &T) -> Result<Kind, Other> {
        it.serialize(self)
    }
    fn serialize_unit(self) -> Result<Kind, Other> {
        // In a list nothing is written as `null`: the long way does.
        if self.in_list {
            Err(Other)
        } else {
            Ok(Kind::Nothing)
        }
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<Kind, Other> {
        self.serialize_str(name)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        it: &T,
    ) -> Result<Kind, Other> {
        it.serialize(self)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, Other> {
        if self.in_list {
            return Err(Other);
        }
        Ok(List {
            out: self.out,
            any: false,
        })
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Other> {
        Err(Other)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Other> {
        Err(Other)
    }
}

/// A list's elements with `|` between.
pub struct List<'a> {
    out: &'a mut String,
    any: bool,
}

impl ser::SerializeSeq for List<'_> {
    type Ok = Kind;
    type Error = Other;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<(), Other> {
        if self.any {
            self.out.push('|');
        }
        self.any = true;
        let element = Plain {
            out: self.out,
            in_list: true,
        };
        it.serialize(element).map(drop)
    }
    fn end(self) -> Result<Kind, Other> {
        Ok(Kind::List)
    }
}

impl ser::Serializer for &mut Cells<'_> {
    type Ok = ();
    type Error = Other;
    type SerializeSeq = Impossible<(), Other>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    no_compounds!();
    others! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }
    fn serialize_some<T: Serialize + ?Sized>(self, it: &T) -> Result<(), Other> {
        it.serialize(self)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        it: &T,
    ) -> Result<(), Other> {
        it.serialize(self)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Other> {
        Err(Other)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self, Other> {
        Ok(self)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Other> {
        Ok(self)
    }
}

impl ser::SerializeStruct for &mut Cells<'_> {
    type Ok = ();
    type Error = Other;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        it: &T,
    ) -> Result<(), Other> {
        self.field(name, it);
        Ok(())
    }
    fn end(self) -> Result<(), Other> {
        Ok(())
    }
}

/// Records with flattened parts come as maps.
impl ser::SerializeMap for &mut Cells<'_> {
    type Ok = ();
    type Error = Other;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Other> {
        self.key.clear();
        let out = &mut self.key;
        key.serialize(Plain {
            out,
            in_list: false,
        })
        .map(drop)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, it: &T) -> Result<(), Other> {
        let key = std::mem::take(&mut self.key);
        self.field(&key, it);
        self.key = key;
        Ok(())
    }
    fn end(self) -> Result<(), Other> {
        Ok(())
    }
}
