//! The console is built before the server and embedded in it; without one, a page says how to build
//! it, so that the server's own tests need no console.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let dist = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../console/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    if !dist.join("index.html").exists() {
        fs::create_dir_all(&dist)?;
        fs::write(
            dist.join("index.html"),
            "<!doctype html><html lang=\"en\"><title>Tenantry</title><p>The console is not built. Run <code>cargo xtask run</code>.</p></html>\n",
        )?;
    }
    Ok(())
}
