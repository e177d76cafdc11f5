//! Puts the files of `/migrations` into the binary, in the order of their names.

use std::{env, fs, path::Path};

fn main() {
    // A folder here means every file in it: a new migration is noticed.
    println!("cargo::rerun-if-changed=../../migrations");
    let root =
        Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../migrations");
    let mut found = Vec::new();
    for (rank, engine) in ["", "sqlite", "postgres"].into_iter().enumerate() {
        let Ok(files) = fs::read_dir(root.join(engine)) else {
            continue;
        };
        for path in files
            .flatten()
            .map(|it| it.path())
            .filter(|it| it.extension().is_some_and(|it| it == "sql"))
        {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let number = name.split('_').next().unwrap_or_default();
            assert!(
                number.len() == 4 && number.bytes().all(|it| it.is_ascii_digit()),
                "a migration is called NNNN_name.sql: {}",
                path.display()
            );
            found.push((number.to_owned(), rank, name, engine, path));
        }
    }
    found.sort();
    let mut list = String::from("&[\n");
    for (nth, (_, rank, name, engine, path)) in found.iter().enumerate() {
        // One name is one thing to an engine, whichever folder it lies in.
        let twin = found[..nth]
            .iter()
            .find(|it| it.2 == *name && (it.1 == 0 || it.1 == *rank));
        assert!(twin.is_none(), "two migrations are called {name}");
        list += &format!(
            "Migration {{ name: {name:?}, engine: {engine:?}, sql: include_str!({path:?}) }},\n"
        );
    }
    list += "]";
    let out = env::var("OUT_DIR").unwrap_or_default();
    if let Err(error) = fs::write(Path::new(&out).join("migrations.rs"), list) {
        panic!("{error}");
    }
}
