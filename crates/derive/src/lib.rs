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

/// Each field is written to the column of its name. `#[columns(skip)]`: not a column.
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
    let is_column = |field: &&Field| !field.attrs.iter().any(|it| it.path().is_ident("columns"));
    let written = || fields.named.iter().filter(is_column);
    let idents = written().map(|it| &it.ident);
    let names = written()
        .filter_map(|it| it.ident.as_ref())
        .map(|it| it.unraw().to_string());
    let name = &input.ident;
    Ok(quote! {
        impl ::kit::resource::Columns for #name {
            const COLUMNS: &'static [&'static str] = &[#(#names),*];
            fn values(&self) -> ::std::vec::Vec<::kit::conn::Value> {
                ::std::vec![#(::kit::conn::Bind::to_value(&self.#idents)),*]
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
        match option(field)?.as_deref() {
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

/// What `#[record(…)]` says about a field.
fn option(field: &Field) -> Result<Option<String>> {
    let mut said = None;
    for attribute in field.attrs.iter().filter(|it| it.path().is_ident("record")) {
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
