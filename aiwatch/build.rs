//! Links the Windows resource (version information and manifest) that scripts/build-agents compiled, if it did.

fn main() {
    println!("cargo::rerun-if-env-changed=AIWATCH_RESOURCE");
    if let Some(resource) = std::env::var_os("AIWATCH_RESOURCE") {
        let resource = std::path::PathBuf::from(resource);
        println!("cargo::rerun-if-changed={}", resource.display());
        println!("cargo::rustc-link-arg-bins={}", resource.display());
    }
}
