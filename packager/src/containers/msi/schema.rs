//! The standard tables' columns, as Microsoft's "Database Tables" has them.
//!
//! One line per column: name (a star for a key), type, category, and the table that it refers to. Types are those
//! of exported tables: `s` string, `l` localizable string, `i` number, then the size; a capital may be empty.

/// A column of a standard table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name.
    pub name: &'static str,
    /// Whether it is part of the primary key.
    pub key: bool,
    /// Its type, such as `s72`.
    pub kind: &'static str,
    /// What its strings are, as `_Validation` names it; empty for numbers.
    pub category: &'static str,
    /// The table whose key it holds.
    pub refers_to: Option<&'static str>,
}

impl ColumnSpec {
    /// As `Column::spec` writes it.
    pub fn spec(&self) -> String {
        format!("{}{}", self.kind, if self.key { "*" } else { "" })
    }
}

/// The columns of a standard table; `None` for other tables.
pub fn columns(table: &str) -> Option<Vec<ColumnSpec>> {
    let (_, text) = TABLES.iter().find(|(name, _)| *name == table)?;
    let columns = text.split(';').map(|column| {
        let mut words = column.split_whitespace();
        let name = words.next().unwrap_or_default();
        let kind = words.next().unwrap_or_default();
        let mut spec = ColumnSpec {
            name: name.trim_end_matches('*'),
            key: name.ends_with('*'),
            kind,
            category: "",
            refers_to: None,
        };
        for word in words {
            match word.strip_prefix('>') {
                Some(table) => spec.refers_to = Some(table),
                None => spec.category = word,
            }
        }
        spec
    });
    Some(columns.collect())
}

const SEQUENCE: &str = "Action* s72 Identifier; Condition S255 Condition; Sequence I2";

/// All standard tables that are known here.
pub const TABLES: &[(&str, &str)] = &[
    ("AdminExecuteSequence", SEQUENCE),
    ("AdminUISequence", SEQUENCE),
    ("AdvtExecuteSequence", SEQUENCE),
    ("InstallExecuteSequence", SEQUENCE),
    ("InstallUISequence", SEQUENCE),
    ("AppSearch", "Property* s72 Identifier; Signature_* s72 Identifier"),
    ("Binary", "Name* s72 Identifier; Data v0 Binary"),
    (
        "Component",
        "Component* s72 Identifier; ComponentId S38 Guid; Directory_ s72 Identifier >Directory; Attributes i2; \
         Condition S255 Condition; KeyPath S72 Identifier",
    ),
    (
        "CustomAction",
        "Action* s72 Identifier; Type i2; Source S72 CustomSource; Target S255 Formatted; ExtendedType I4",
    ),
    (
        "Directory",
        "Directory* s72 Identifier; Directory_Parent S72 Identifier >Directory; DefaultDir l255 DefaultDir",
    ),
    (
        "Environment",
        "Environment* s72 Identifier; Name l255 Text; Value L255 Formatted; Component_ s72 Identifier >Component",
    ),
    (
        "Feature",
        "Feature* s38 Identifier; Feature_Parent S38 Identifier >Feature; Title L64 Text; Description L255 Text; \
         Display I2; Level i2; Directory_ S72 UpperCase >Directory; Attributes i2",
    ),
    ("FeatureComponents", "Feature_* s38 Identifier >Feature; Component_* s72 Identifier >Component"),
    (
        "File",
        "File* s72 Identifier; Component_ s72 Identifier >Component; FileName l255 Filename; FileSize i4; \
         Version S72 Version; Language S20 Language; Attributes I2; Sequence i2",
    ),
    ("LaunchCondition", "Condition* s255 Condition; Description l255 Formatted"),
    (
        "Media",
        "DiskId* i2; LastSequence i2; DiskPrompt L64 Text; Cabinet S255 Cabinet; VolumeLabel S32 Text; \
         Source S72 Property",
    ),
    (
        "MsiFileHash",
        "File_* s72 Identifier >File; Options i2; HashPart1 i4; HashPart2 i4; HashPart3 i4; HashPart4 i4",
    ),
    ("Property", "Property* s72 Identifier; Value l0 Text"),
    ("RegLocator", "Signature_* s72 Identifier; Root i2; Key s255 RegPath; Name S255 Formatted; Type I2"),
    (
        "Registry",
        "Registry* s72 Identifier; Root i2; Key l255 RegPath; Name L255 Formatted; Value L0 Formatted; \
         Component_ s72 Identifier >Component",
    ),
    (
        "RemoveFile",
        "FileKey* s72 Identifier; Component_ s72 Identifier >Component; FileName L255 WildCardFilename; \
         DirProperty s72 Identifier; InstallMode i2",
    ),
    (
        "RemoveRegistry",
        "RemoveRegistry* s72 Identifier; Root i2; Key l255 RegPath; Name L255 Formatted; \
         Component_ s72 Identifier >Component",
    ),
    (
        "ServiceControl",
        "ServiceControl* s72 Identifier; Name l255 Formatted; Event i2; Arguments L255 Formatted; Wait I2; \
         Component_ s72 Identifier >Component",
    ),
    (
        "ServiceInstall",
        "ServiceInstall* s72 Identifier; Name s255 Formatted; DisplayName L255 Formatted; ServiceType i4; \
         StartType i4; ErrorControl i4; LoadOrderGroup S255 Formatted; Dependencies S255 Formatted; \
         StartName S255 Formatted; Password S255 Formatted; Arguments S255 Formatted; \
         Component_ s72 Identifier >Component; Description L255 Formatted",
    ),
    (
        "Signature",
        "Signature* s72 Identifier; FileName s255 Text; MinVersion S20 Text; MaxVersion S20 Text; MinSize I4; \
         MaxSize I4; MinDate I4; MaxDate I4; Languages S255 Language",
    ),
    (
        "Upgrade",
        "UpgradeCode* s38 Guid; VersionMin* S20 Text; VersionMax* S20 Text; Language* S255 Language; \
         Attributes* i4; Remove S255 Formatted; ActionProperty s72 UpperCase",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_can_be_read() {
        for (table, _) in TABLES {
            let columns = columns(table).expect("listed");
            assert!(columns.iter().any(|column| column.key), "{table} has a key");
            for column in columns {
                let (letter, size) = column.kind.split_at(1);
                assert!("sSlLiIv".contains(letter) && size.parse::<u8>().is_ok(), "{table}.{}", column.name);
                assert_eq!(column.category.is_empty(), "iI".contains(letter), "{table}.{}", column.name);
                assert!(column.refers_to.is_none_or(|to| TABLES.iter().any(|(name, _)| *name == to)));
            }
        }
    }
}
