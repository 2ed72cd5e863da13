//! Folders that are never visited, because they are large and nobody keeps a project's configuration in them.

use std::ffi::OsStr;

/// Names of folders that are left out wherever they are below the home. The first three lines are those of the
/// earlier product, so that both report the same.
const ANYWHERE: &[&str] = &[
    "node_modules",
    ".git",
    "venv",
    ".venv",
    "__pycache__",
    "dist",
    "build",
    "target",
    "vendor",
    ".Trash",
    "tmp",
    "temp",
    ".cache",
    ".npm",
    ".yarn",
    // What package managers and their kin unpack or make for a project.
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".gradle",
    ".pnpm-store",
    ".terraform",
    "Pods",
    "bower_components",
    "site-packages",
    // Histories of other version controls.
    ".hg",
    ".svn",
    ".jj",
];

/// Folders that are left out by their place below the home.
const IN_HOME: &[&str] = &[
    // What was thrown away.
    ".local/share/Trash",
    // Those of the earlier product. Clients whose own files are in them are read by the table of clients.
    "AppData",
    "Library/Caches",
    "Library/Application Support",
    // What macOS keeps for programs, some of it behind a question to the user.
    "Library/Containers",
    "Library/Group Containers",
    "Library/Developer/CoreSimulator",
    "Library/Developer/Xcode/DerivedData",
    "Library/Mail",
    "Library/Messages",
    "Library/Photos",
    "Library/Logs",
    "Pictures/Photos Library.photoslibrary",
    // Downloads of package managers and of managers of versions.
    ".cargo/registry",
    ".cargo/git",
    ".rustup",
    "go/pkg/mod",
    ".m2",
    ".nvm/versions",
    ".pyenv/versions",
    ".rbenv/versions",
    ".asdf/installs",
    ".local/share/mise/installs",
    ".local/share/uv",
    ".local/share/pnpm",
    ".bun/install/cache",
    ".deno",
    ".nuget/packages",
    ".conan2",
    ".ivy2",
    ".sbt",
    "miniconda3/pkgs",
    "anaconda3/pkgs",
    "Android/Sdk",
    // Images of virtual machines and containers.
    ".local/share/containers",
    ".docker/desktop",
    ".lima",
    ".colima",
    ".vagrant.d/boxes",
    // Clients' own programs.
    ".vscode-server/bin",
    ".vscode-server/cli",
    ".cursor-server/bin",
];

/// Whether a folder is left out: by its name, and by the names of the folders above it, the nearest first, up to the
/// home but without it.
pub(super) fn is_excluded<'a>(name: &OsStr, above: impl Iterator<Item = &'a OsStr> + Clone) -> bool {
    let bytes = name.as_encoded_bytes();
    let is_same = |excluded: &&str| excluded.as_bytes() == bytes;
    if ANYWHERE.iter().any(is_same) || bytes.starts_with(b".Trash-") {
        return true;
    }
    IN_HOME.iter().any(|place| {
        let mut names = place.rsplit('/');
        names.next().is_some_and(|last| is_same(&last))
            && above.clone().map(OsStr::as_encoded_bytes).eq(names.map(str::as_bytes))
    })
}
