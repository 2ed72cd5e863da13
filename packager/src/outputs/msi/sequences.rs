//! What runs in which order.

use super::database::{Cell, Tables, row};
use super::settings::SetProperty;

/// Actions of an installation, with Microsoft's suggested numbers. Removing related products comes straight after
/// validation, so that the old version is gone, values and all, before the new one begins.
const EXECUTE: &[(&str, i32)] = &[
    ("FindRelatedProducts", 25),
    ("AppSearch", APP_SEARCH),
    ("LaunchConditions", LAUNCH_CONDITIONS),
    ("ValidateProductID", 700),
    ("CostInitialize", 800),
    ("FileCost", 900),
    ("CostFinalize", 1000),
    ("MigrateFeatureStates", 1200),
    ("InstallValidate", 1400),
    ("RemoveExistingProducts", 1401),
    ("InstallInitialize", 1500),
    ("ProcessComponents", 1600),
    ("UnpublishFeatures", 1800),
    ("RemoveRegistryValues", 2600),
    ("RemoveEnvironmentStrings", 3300),
    ("RemoveFiles", 3500),
    ("RemoveFolders", 3600),
    ("CreateFolders", 3700),
    ("InstallFiles", 4000),
    ("WriteRegistryValues", 5000),
    ("WriteEnvironmentStrings", 5200),
    ("RegisterUser", 6000),
    ("RegisterProduct", 6100),
    ("PublishFeatures", 6300),
    ("PublishProduct", 6400),
    ("InstallFinalize", 6600),
];

/// Actions of the user interface's process. The search and what follows from it run here too, or the launch
/// conditions would miss what an interactive upgrade is about to keep.
const USER_INTERFACE: &[(&str, i32)] = &[
    ("FindRelatedProducts", 25),
    ("AppSearch", APP_SEARCH),
    ("LaunchConditions", LAUNCH_CONDITIONS),
    ("ValidateProductID", 700),
    ("CostInitialize", 800),
    ("FileCost", 900),
    ("CostFinalize", 1000),
    ("MigrateFeatureStates", 1200),
    ("ExecuteAction", 1300),
];

const ADMIN: &[(&str, i32)] = &[
    ("CostInitialize", 800),
    ("FileCost", 900),
    ("CostFinalize", 1000),
    ("InstallValidate", 1400),
    ("InstallInitialize", 1500),
    ("InstallAdminPackage", 3900),
    ("InstallFiles", 4000),
    ("InstallFinalize", 6600),
];

const ADMIN_USER_INTERFACE: &[(&str, i32)] =
    &[("CostInitialize", 800), ("FileCost", 900), ("CostFinalize", 1000), ("ExecuteAction", 1300)];

const ADVERTISE: &[(&str, i32)] = &[
    ("CostInitialize", 800),
    ("CostFinalize", 1000),
    ("InstallValidate", 1400),
    ("InstallInitialize", 1500),
    ("PublishFeatures", 6300),
    ("PublishProduct", 6400),
    ("InstallFinalize", 6600),
];

/// Actions that do not run always. A repair without `m` (msiexec /fa) writes no values, so it must clear none: the
/// rows that clear what is not named would leave a device without its settings.
const CONDITIONS: &[(&str, &str)] = &[("RemoveRegistryValues", r#"NOT REINSTALL OR REINSTALLMODE~><"m""#)];

const APP_SEARCH: i32 = 50;
/// Behind any number of actions that keep and set properties, and before anything that counts files.
const LAUNCH_CONDITIONS: i32 = 400;

/// Adds the five sequence tables.
pub(super) fn add(tables: &mut Tables, actions: &[SetProperty]) {
    let standard = [
        ("InstallExecuteSequence", EXECUTE),
        ("InstallUISequence", USER_INTERFACE),
        ("AdminExecuteSequence", ADMIN),
        ("AdminUISequence", ADMIN_USER_INTERFACE),
        ("AdvtExecuteSequence", ADVERTISE),
    ];
    for (table, rows) in standard {
        for (action, number) in rows {
            let condition = CONDITIONS.iter().find(|(name, _)| name == action);
            let condition = condition.map_or(Cell::None, |(_, condition)| (*condition).into());
            tables.add(table, vec![(*action).into(), condition, (*number).into()]);
        }
    }
    for table in ["InstallExecuteSequence", "InstallUISequence"] {
        for (SetProperty { action, condition }, number) in
            actions.iter().zip(APP_SEARCH + 1..LAUNCH_CONDITIONS)
        {
            tables.add(table, row![&**action, &**condition, number]);
        }
    }
}
