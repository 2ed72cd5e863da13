//! What runs in which order, and which versions are replaced.

use std::collections::{BTreeMap, HashSet};

use super::Judge;

/// Standard actions, from Microsoft's "Standard Actions Reference".
const STANDARD: &[&str] = &[
    "ADMIN",
    "ADVERTISE",
    "AllocateRegistrySpace",
    "AppSearch",
    "BindImage",
    "CCPSearch",
    "CostFinalize",
    "CostInitialize",
    "CreateFolders",
    "CreateShortcuts",
    "DeleteServices",
    "DisableRollback",
    "DuplicateFiles",
    "ExecuteAction",
    "FileCost",
    "FindRelatedProducts",
    "ForceReboot",
    "INSTALL",
    "InstallAdminPackage",
    "InstallExecute",
    "InstallExecuteAgain",
    "InstallFiles",
    "InstallFinalize",
    "InstallInitialize",
    "InstallODBC",
    "InstallServices",
    "InstallSFPCatalogFile",
    "InstallValidate",
    "IsolateComponents",
    "LaunchConditions",
    "MigrateFeatureStates",
    "MoveFiles",
    "MsiConfigureServices",
    "MsiPublishAssemblies",
    "MsiUnpublishAssemblies",
    "PatchFiles",
    "ProcessComponents",
    "PublishComponents",
    "PublishFeatures",
    "PublishProduct",
    "RegisterClassInfo",
    "RegisterComPlus",
    "RegisterExtensionInfo",
    "RegisterFonts",
    "RegisterMIMEInfo",
    "RegisterProduct",
    "RegisterProgIdInfo",
    "RegisterTypeLibraries",
    "RegisterUser",
    "RemoveDuplicateFiles",
    "RemoveEnvironmentStrings",
    "RemoveExistingProducts",
    "RemoveFiles",
    "RemoveFolders",
    "RemoveIniValues",
    "RemoveODBC",
    "RemoveRegistryValues",
    "RemoveShortcuts",
    "ResolveSource",
    "RMCCPSearch",
    "ScheduleReboot",
    "SelfRegModules",
    "SelfUnregModules",
    "SEQUENCE",
    "SetODBCFolders",
    "StartServices",
    "StopServices",
    "UnpublishComponents",
    "UnpublishFeatures",
    "UnregisterClassInfo",
    "UnregisterComPlus",
    "UnregisterExtensionInfo",
    "UnregisterFonts",
    "UnregisterMIMEInfo",
    "UnregisterProgIdInfo",
    "UnregisterTypeLibraries",
    "ValidateProductID",
    "WriteEnvironmentStrings",
    "WriteIniValues",
    "WriteRegistryValues",
];

/// Pairs of which the first must run before the second, where both are there.
const ORDER: &[(&str, &str)] = &[
    ("AppSearch", "LaunchConditions"),
    ("LaunchConditions", "CostInitialize"),
    ("FindRelatedProducts", "MigrateFeatureStates"),
    ("FindRelatedProducts", "RemoveExistingProducts"),
    ("CostInitialize", "FileCost"),
    ("FileCost", "CostFinalize"),
    ("CostFinalize", "MigrateFeatureStates"),
    ("CostFinalize", "InstallValidate"),
    ("InstallValidate", "RemoveExistingProducts"),
    ("InstallValidate", "InstallInitialize"),
    ("InstallInitialize", "ProcessComponents"),
    ("ProcessComponents", "RemoveRegistryValues"),
    ("RemoveRegistryValues", "WriteRegistryValues"),
    ("RemoveEnvironmentStrings", "WriteEnvironmentStrings"),
    ("RemoveFiles", "InstallFiles"),
    ("InstallInitialize", "InstallFiles"),
    ("InstallFiles", "InstallFinalize"),
    ("WriteRegistryValues", "InstallFinalize"),
    ("WriteEnvironmentStrings", "InstallFinalize"),
    ("PublishProduct", "InstallFinalize"),
];

/// Tables whose rows do nothing unless these actions run.
const NEEDED: &[(&str, &[&str])] = &[
    ("AppSearch", &["AppSearch"]),
    ("Environment", &["WriteEnvironmentStrings", "RemoveEnvironmentStrings"]),
    ("File", &["InstallFiles", "RemoveFiles"]),
    ("LaunchCondition", &["LaunchConditions"]),
    ("Registry", &["WriteRegistryValues", "RemoveRegistryValues"]),
    ("RemoveRegistry", &["RemoveRegistryValues"]),
    ("ServiceInstall", &["InstallServices"]),
    ("Upgrade", &["FindRelatedProducts", "RemoveExistingProducts"]),
];

const DEFERRED: i32 = 0x400;

pub(super) fn judge(judge: &mut Judge<'_>) {
    for table in [
        "InstallExecuteSequence",
        "InstallUISequence",
        "AdminExecuteSequence",
        "AdminUISequence",
        "AdvtExecuteSequence",
    ] {
        actions(judge, table);
        order(judge, table);
    }
    needed(judge);
    deferred(judge);
    upgrade(judge);
}

/// When each action of a table runs.
fn numbers<'a>(judge: &Judge<'a>, table: &'a str) -> BTreeMap<&'a str, i32> {
    let database = judge.database;
    database
        .rows(table)
        .filter_map(|row| Some((row.text("Action"), row.int("Sequence").filter(|n| *n > 0)?)))
        .collect()
}

fn actions(judge: &mut Judge<'_>, table: &str) {
    let database = judge.database;
    let mut known: HashSet<&str> = database.rows("CustomAction").map(|row| row.text("Action")).collect();
    known.extend(database.rows("Dialog").map(|row| row.text("Dialog")));
    for row in database.rows(table) {
        let action = row.text("Action");
        if !known.contains(action) && !STANDARD.contains(&action) {
            judge.error(
                "msi.action",
                row.at(),
                format!("{action} is neither a standard nor a custom action"),
            );
        }
        if judge.ours && row.int("Sequence").is_none_or(|number| number <= 0) {
            judge.error("msi.action", row.at(), "it has no place in the sequence");
        }
    }
}

fn order(judge: &mut Judge<'_>, table: &str) {
    let numbers = numbers(judge, table);
    for (before, after) in ORDER {
        if let (Some(one), Some(other)) = (numbers.get(before), numbers.get(after))
            && one >= other
        {
            judge.error("msi.order", table, format!("{before} at {one} must run before {after} at {other}"));
        }
    }
    if judge.ours && table == "InstallExecuteSequence" {
        let removal = numbers.get("RemoveExistingProducts");
        if removal.zip(numbers.get("InstallInitialize")).is_none_or(|(removal, begin)| removal >= begin) {
            let message = "RemoveExistingProducts must run before InstallInitialize, or the old uninstall takes the new values along";
            judge.error("msi.order", table, message);
        }
    }
}

fn needed(judge: &mut Judge<'_>) {
    let numbers = numbers(judge, "InstallExecuteSequence");
    for (table, actions) in NEEDED {
        if judge.database.rows(table).next().is_none() {
            continue;
        }
        for action in actions.iter().filter(|action| !numbers.contains_key(*action)) {
            judge.strict("msi.action-missing", *table, format!("its rows do nothing: {action} does not run"));
        }
    }
}

fn deferred(judge: &mut Judge<'_>) {
    let database = judge.database;
    let numbers = numbers(judge, "InstallExecuteSequence");
    let (Some(begin), Some(end)) = (numbers.get("InstallInitialize"), numbers.get("InstallFinalize")) else {
        return judge.error(
            "msi.order",
            "InstallExecuteSequence",
            "InstallInitialize or InstallFinalize is missing",
        );
    };
    for row in database.rows("CustomAction").filter(|row| row.int("Type").unwrap_or(0) & DEFERRED != 0) {
        if let Some(number) =
            numbers.get(row.text("Action")).filter(|number| *number <= begin || *number >= end)
        {
            let message =
                format!("it is deferred and runs at {number}, outside InstallInitialize to InstallFinalize");
            judge.error("msi.order", row.at(), message);
        }
    }
}

/// Major upgrades: without a row that removes what is there, an update installs beside it or does nothing.
fn upgrade(judge: &mut Judge<'_>) {
    const ONLY_DETECT: i32 = 2;
    const MIN_INCLUSIVE: i32 = 256;
    const MAX_INCLUSIVE: i32 = 512;
    let database = judge.database;
    let code = database.property("UpgradeCode").unwrap_or_default();
    let version = database.property("ProductVersion").unwrap_or_default();
    let own = || database.rows("Upgrade").filter(|row| row.text("UpgradeCode") == code && !code.is_empty());
    let removing = own().filter(|row| row.int("Attributes").unwrap_or(0) & ONLY_DETECT == 0);
    let removing: Vec<(String, i32)> =
        removing.map(|row| (row.text("VersionMax").to_owned(), row.int("Attributes").unwrap_or(0))).collect();
    if removing.is_empty() {
        return judge.strict(
            "msi.upgrade",
            "Upgrade",
            "no installed version is replaced, so an update installs beside it",
        );
    }
    let covers_equal = own().any(|row| {
        let attributes = row.int("Attributes").unwrap_or(0);
        let at_max = row.text("VersionMax") == version && attributes & MAX_INCLUSIVE != 0;
        let at_min = row.text("VersionMin") == version && attributes & MIN_INCLUSIVE != 0;
        let open = row.text("VersionMax").is_empty() && row.text("VersionMin") != version;
        attributes & ONLY_DETECT == 0 && (at_max || at_min || open)
    });
    if !covers_equal {
        let message =
            "a second build of the same version is installed beside the first: make a bound inclusive";
        judge.strict("msi.upgrade", "Upgrade", message);
    }
}
