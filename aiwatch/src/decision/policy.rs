//! Which files the device itself protects: files of secrets, and the configuration that names MCP servers or hooks.
//!
//! It is a guard and not a sandbox. It keeps a model from reading such a file by habit or on a stranger's advice, and
//! it sees through quotes, patterns and nested commands. Who writes a program that puts a name together gets past it:
//! a text cannot tell what a program will open. The answer never depends on what the files hold.

mod names;
mod quoting;
mod shell;
mod words;

use words::{Matcher, Reading, glyphs};

/// A rule that a file is protected by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protected {
    /// The name, or the pattern of names, as people write it. It is the rule's and not the call's, which could hold a
    /// secret.
    pub name: &'static str,
    /// What the file is.
    pub what: Protection,
}

/// What a protected file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// It holds secrets.
    Secrets,
    /// It names MCP servers, often with their keys.
    McpConfiguration,
    /// It holds a client's settings, among them its hooks.
    ClientSettings,
}

/// The rule that protects the file of a path, or one of the files of a pattern.
pub fn file(path: &str) -> Option<Protected> {
    let mut matcher = Matcher::new(Reading::Path, &|_| false);
    matcher.word(&glyphs(path));
    // Clients resolve a path before they open it, without a look at the disk.
    matcher.word(&glyphs(&resolved(path)));
    matcher.found
}

/// The rule that protects a file which a shell command names.
///
/// `exists` tells whether there is a plain file of that name in the working directory or below it: names such as
/// `process.env` are code, unless there is.
pub fn shell(command: &str, exists: &dyn Fn(&str) -> bool) -> Option<Protected> {
    shell::protected(command, exists)
}

/// A path without empty and dot segments and without what two dots take back.
fn resolved(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split(['/', '\\']) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    segments.join("/")
}

#[cfg(test)]
mod tests;
