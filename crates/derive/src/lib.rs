//! `#[derive(Record)]`: a row of a query becomes a struct, by column name.

use proc_macro::TokenStream;
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Error, Field, Fields, Result, ext::IdentExt, parse_macro_input};

/// Each field is a column of its name. `#[record(flatten)]`: the field is a record itself, its columns
/// stand beside the others. `#[record(skip)]`: not a column, the default.
#[proc_macro_derive(Record, attributes(record))]
pub fn record(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(|error| error.into_compile_error().into())
}

/// Each field is written to the column of its name. `#[columns(flatten)]`: the field's own columns are
/// written beside the others. `#[columns(skip)]`: not a column.
#[proc_macro_derive(Columns, attributes(columns))]
pub fn columns(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand_columns(&input).unwrap_or_else(|error| error.into_compile_error().into())
}

fn expand_columns(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(syn::DataStruct {
        fields: Fields::Named(fields),
        ..
    }) = &input.data
    else {
        return Err(Error::new_spanned(
            input,
            "only structs with named fields have columns",
        ));
    };
    let (mut lists, mut values) = (Vec::new(), Vec::new());
    for field in &fields.named {
        let (ident, ty) = (&field.ident, &field.ty);
        let name = ident.as_ref().map(|it| it.unraw().to_string());
        match option(field, "columns")?.as_deref() {
            None => {
                lists.push(quote!(&[#name]));
                values.push(quote!(all.push(::kit::conn::Bind::to_value(&self.#ident));));
            }
            Some("flatten") => {
                lists.push(quote!(<#ty as ::kit::resource::Columns>::COLUMNS));
                values.push(quote!(all.extend(::kit::resource::Columns::values(&self.#ident));));
            }
            Some(_) => {}
        }
    }
    let name = &input.ident;
    Ok(quote! {
        impl ::kit::resource::Columns for #name {
            const COLUMNS: &'static [&'static str] = {
                const LISTS: &[&[&str]] = &[#(#lists),*];
                &::kit::conn::concat::<{ ::kit::conn::total(LISTS) }>(LISTS)
            };
            fn values(&self) -> ::std::vec::Vec<::kit::conn::Value> {
                let mut all = ::std::vec::Vec::with_capacity(Self::COLUMNS.len());
                #(#values)*
                all
            }
        }
    }
    .into())
}

fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(input, "only structs are records"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(input, "a record's fields have names"));
    };
    let (mut lists, mut reads) = (Vec::new(), Vec::new());
    for field in &fields.named {
        let (ident, ty) = (&field.ident, &field.ty);
        let name = ident.as_ref().map(|it| it.unraw().to_string());
        match option(field, "record")?.as_deref() {
            None => {
                lists.push(quote!(&[#name]));
                reads.push(quote!(#ident: row.column()?));
            }
            Some("flatten") => {
                lists.push(quote!(<#ty as ::kit::conn::Record>::COLUMNS));
                reads.push(quote!(#ident: ::kit::conn::Record::read(row)?));
            }
            Some(_) => reads.push(quote!(#ident: ::core::default::Default::default())),
        }
    }
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::kit::conn::Record for #name #arguments #bounds {
            const COLUMNS: &'static [&'static str] = {
                const LISTS: &[&[&str]] = &[#(#lists),*];
                &::kit::conn::concat::<{ ::kit::conn::total(LISTS) }>(LISTS)
            };
            fn read(row: &mut ::kit::conn::Row<'_>) -> ::kit::conn::Result<Self> {
                ::core::result::Result::Ok(Self { #(#reads),* })
            }
        }
    }
    .into())
}

/// What `#[record(…)]` or `#[columns(…)]` says about a field.
fn option(field: &Field, named: &str) -> Result<Option<String>> {
    let mut said = None;
    for attribute in field.attrs.iter().filter(|it| it.path().is_ident(named)) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("flatten") && !meta.path.is_ident("skip") {
                return Err(meta.error("`flatten` or `skip`"));
            }
            said = Some(meta.path.to_token_stream().to_string());
            Ok(())
        })?;
    }
    Ok(said)
}
