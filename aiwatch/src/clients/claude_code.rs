//! ClaudeCode.

use std::path::{Path, PathBuf};

use super::{Client, ConfigFile, Finding, HookSet, Merge, Places, Reach, Texts};
use crate::documents::Refusal;

/// ClaudeCode.
pub struct ClaudeCode;

impl Client for ClaudeCode {
    fn id(&self) -> &'static str {
        "claude_code"
    }

    fn signs(&self, _: &Places) -> Vec<PathBuf> {
        Vec::new()
    }

    fn files(&self, _: &Places, _: Reach) -> Vec<ConfigFile> {
        Vec::new()
    }

    fn merge(&self, _: &ConfigFile, _: Option<&str>, _: &Texts, _: &HookSet) -> Result<Merge, Refusal> {
        Ok(Merge::Unchanged)
    }

    fn findings(&self, _: &[ConfigFile], _: &Texts, _: &[(PathBuf, String)], _: &HookSet) -> Vec<Finding> {
        Vec::new()
    }

    fn watched(&self, _: &Places, _: Reach) -> Vec<PathBuf> {
        Vec::new()
    }

    fn version_files(&self, _: &Places) -> Vec<PathBuf> {
        Vec::new()
    }

    fn version_in(&self, _: &Path, _: &str) -> Option<String> {
        None
    }
}
