//! The compound file, the string pool and the summary information.

use uuid::Uuid;

use super::Judge;
use crate::containers::compound::INSTALLER_CLASS;
use crate::containers::msi::database::Cell;
use crate::containers::msi::names;
use crate::containers::msi::summary::{self, id};

/// The code page that every Windows reads; UTF-8 is refused by the real installer.
const WESTERN: u32 = 1252;
const UTF_8: u32 = 65001;

pub(super) fn judge(judge: &mut Judge<'_>) {
    file(judge);
    strings(judge);
    codepages(judge);
    summary_information(judge);
}

fn file(judge: &mut Judge<'_>) {
    let file = judge.file;
    if Uuid::parse_str(INSTALLER_CLASS) != Ok(file.class) {
        let message = format!("the root's class {} is not that of an installer package", file.class);
        judge.error("msi.class", "root", message);
    }
    if file.sector != 512 {
        let message =
            format!("sectors have {} bytes: signing tools refuse what is not version 3", file.sector);
        judge.strict("msi.sectors", "root", message);
    }
    for entry in &file.entries {
        let (name, is_table) = names::decode(&entry.path);
        let at = format!("stream {name:?}");
        if entry.content.is_none() && judge.ours {
            judge.error("msi.stream", &*at, "a storage has no place in this package");
        }
        let hidden = name.starts_with("_String") || judge.database.has(&name);
        if is_table && !hidden {
            judge.warning("msi.stream", &*at, "it looks like a table, but no table has its name");
        }
        if judge.ours && !entry.timeless {
            judge.warning("msi.stream-time", at, "it carries a time, so the same inputs give other bytes");
        }
    }
    for (at, message) in judge.database.problems.clone() {
        judge.error("msi.damaged", at, message);
    }
}

fn strings(judge: &mut Judge<'_>) {
    let database = judge.database;
    let mut used = vec![0u32; database.strings.len()];
    let cells = database.tables.values().flat_map(|table| table.rows.iter().flatten());
    for cell in cells {
        if let Cell::Str(index) = cell
            && let Some(count) = used.get_mut(*index as usize)
        {
            *count = count.saturating_add(1);
        }
    }
    for (index, string) in database.strings.iter().enumerate().skip(1) {
        let at = format!("_StringPool string {index}");
        if string.text.chars().any(|c| c == '\u{fffd}' || ('\u{80}'..'\u{a0}').contains(&c)) {
            judge.error(
                "msi.encoding",
                &*at,
                format!("it holds bytes that code page {} has not", database.codepage),
            );
        }
        // Tools differ in whether names of columns count, so in another's package only a string without any is wrong.
        let counted = used.get(index).copied().unwrap_or(0).min(u32::from(u16::MAX));
        let stated = u32::from(string.references);
        if (judge.ours && counted != stated) || (counted > 0 && stated == 0) {
            let message = format!("the pool counts {stated} references, and the tables have {counted}");
            judge.error("msi.string-references", at, message);
        }
    }
    if database.long_refs && database.strings.len() < 0x1_0000 {
        judge.warning("msi.long-references", "_StringPool", "references take three bytes, and two would do");
    }
}

fn codepages(judge: &mut Judge<'_>) {
    let pages = [
        ("_StringPool", Some(judge.database.codepage)),
        ("summary information", judge.summary.number(id::CODEPAGE).and_then(|page| u32::try_from(page).ok())),
    ];
    for (at, page) in pages {
        match page {
            Some(UTF_8) => {
                judge.error(
                    "msi.codepage",
                    at,
                    "the code page is UTF-8, and Windows refuses to open the package",
                );
            }
            None => judge.strict("msi.codepage", at, "no code page is stated"),
            Some(page) if page != WESTERN && judge.ours => {
                judge.error("msi.codepage", at, format!("the code page is {page}, and not {WESTERN}"));
            }
            Some(_) => {}
        }
    }
}

fn summary_information(judge: &mut Judge<'_>) {
    let at = "summary information";
    let template = judge.summary.text(id::TEMPLATE).unwrap_or_default().to_owned();
    let platform = template.split(';').next().unwrap_or_default();
    let least = match platform {
        "x64" | "Intel64" | "AMD64" => 200,
        "Arm64" => 500,
        "Intel" | "" => 100,
        _ => {
            judge.error("msi.template", at, format!("the platform {platform:?} of the template is none"));
            100
        }
    };
    if !template.contains(';') {
        judge.error("msi.template", at, "the template is not platform;language");
    }
    match judge.summary.number(id::PAGES) {
        None => {
            judge.error("msi.page-count", at, "no page count: Windows refuses to open the package (1620)")
        }
        Some(pages) if pages < least => {
            judge.error(
                "msi.page-count",
                at,
                format!("the page count {pages} is below {least}, which {platform} needs"),
            );
        }
        Some(_) => {}
    }
    package_code(judge);
    if judge.summary.number(id::WORDS).is_none() {
        judge.error(
            "msi.word-count",
            at,
            "no word count: Windows cannot tell whether the sources are compressed",
        );
    }
    if judge.summary.number(id::SECURITY) != Some(2) {
        judge.strict("msi.security", at, "the package does not recommend that it be opened read-only");
    }
    for number in [id::CREATED, id::SAVED] {
        if judge.summary.0.get(&number).is_none_or(|value| !matches!(value, summary::Value::Time(_))) {
            judge.strict("msi.summary", at, format!("property {number}, a time, is missing"));
        }
    }
    bitness(judge, platform);
}

fn package_code(judge: &mut Judge<'_>) {
    let at = "summary information";
    let code = judge.summary.text(id::REVISION).unwrap_or_default().to_owned();
    if !is_guid(&code) {
        judge.error(
            "msi.package-code",
            at,
            format!("the package code {code:?} is no GUID in braces and capitals"),
        );
    } else if judge.database.property("ProductCode") == Some(&code) {
        judge.error("msi.package-code", at, "the package code is the product code");
    }
}

/// A platform against the components: a 32-bit one cannot hold 64-bit components (ICE80).
fn bitness(judge: &mut Judge<'_>, platform: &str) {
    const SIXTY_FOUR: i32 = 256;
    let wide = !matches!(platform, "Intel" | "");
    for row in judge.database.rows("Component") {
        let is_wide = row.int("Attributes").unwrap_or(0) & SIXTY_FOUR != 0;
        if is_wide && !wide {
            judge.error("msi.bitness", row.at(), "a 64-bit component in a package for 32-bit Windows");
        } else if !is_wide && wide && judge.ours {
            judge.error(
                "msi.bitness",
                row.at(),
                "not marked 64-bit: its values land in the 32-bit view of the registry",
            );
        }
    }
}

/// `{8-4-4-4-12}` in capitals, as Windows Installer wants it.
pub(super) fn is_guid(text: &str) -> bool {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| {
        inner.len() == 36
            && Uuid::try_parse(inner).is_ok()
            && !inner.contains(|c: char| c.is_ascii_lowercase())
    })
}
