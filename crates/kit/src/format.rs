//! The forms that files come and go in (IMP-01, EXP-01).

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::choice;

choice! {
    /// What a file is.
    pub enum Format {
        Csv = "csv" "CSV",
        Xlsx = "xlsx" "XLSX",
        Json = "json" "JSON",
        Ndjson = "ndjson" "NDJSON",
    }
}

impl Format {
    /// Whether its records are cells under headers; the others are JSON objects.
    pub fn has_cells(self) -> bool {
        matches!(self, Self::Csv | Self::Xlsx)
    }

    /// What the place of a record is called: a line of text, a row of a sheet, the nth of a list.
    pub fn place(self) -> &'static str {
        match self {
            Self::Csv | Self::Ndjson => "Line",
            Self::Xlsx => "Row",
            Self::Json => "Record",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// A file to download, called `name` with this form's ending.
    pub fn attachment(self, body: Body, name: &str) -> Response {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.content_type()),
        );
        let name = format!("attachment; filename=\"{name}.{}\"", self.as_str());
        if let Ok(value) = HeaderValue::from_str(&name) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        response
    }
}
