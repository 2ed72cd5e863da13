//! The keys of a launchd unit, from launchd.plist(5) of macOS 15.

/// Types of a property list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Array,
    Bool,
    Dict,
    Int,
    Text,
}

impl Type {
    /// As people call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Type::Array => "an array",
            Type::Bool => "a boolean",
            Type::Dict => "a dictionary",
            Type::Int => "an integer",
            Type::Text => "a string",
        }
    }

    /// Of a value; `None` for types that no key takes.
    pub(super) fn of(value: &plist::Value) -> Option<Type> {
        match value {
            plist::Value::Array(_) => Some(Type::Array),
            plist::Value::Boolean(_) => Some(Type::Bool),
            plist::Value::Dictionary(_) => Some(Type::Dict),
            plist::Value::Integer(_) => Some(Type::Int),
            plist::Value::String(_) => Some(Type::Text),
            _ => None,
        }
    }
}

use Type::{Array, Bool, Dict, Int, Text};

/// Every key with the types that it takes.
pub(super) const KEYS: &[(&str, &[Type])] = &[
    ("AbandonProcessGroup", &[Bool]),
    ("AssociatedBundleIdentifiers", &[Array, Text]),
    ("BundleProgram", &[Text]),
    ("Debug", &[Bool]),
    ("Disabled", &[Bool]),
    ("EnableGlobbing", &[Bool]),
    ("EnablePressuredExit", &[Bool]),
    ("EnableTransactions", &[Bool]),
    ("EnvironmentVariables", &[Dict]),
    ("ExitTimeOut", &[Int]),
    ("GroupName", &[Text]),
    ("HardResourceLimits", &[Dict]),
    ("HopefullyExitsFirst", &[Bool]),
    ("HopefullyExitsLast", &[Bool]),
    ("InitGroups", &[Bool]),
    ("KeepAlive", &[Bool, Dict]),
    ("Label", &[Text]),
    ("LaunchEvents", &[Dict]),
    ("LaunchOnlyOnce", &[Bool]),
    ("LegacyTimers", &[Bool]),
    ("LimitLoadFromHardware", &[Dict]),
    ("LimitLoadFromHosts", &[Array]),
    ("LimitLoadToHardware", &[Dict]),
    ("LimitLoadToHosts", &[Array]),
    ("LimitLoadToSessionType", &[Array, Text]),
    ("LowPriorityBackgroundIO", &[Bool]),
    ("LowPriorityIO", &[Bool]),
    ("MachServices", &[Dict]),
    ("MaterializeDatalessFiles", &[Bool]),
    ("Nice", &[Int]),
    ("OnDemand", &[Bool]),
    ("POSIXSpawnType", &[Text]),
    ("ProcessType", &[Text]),
    ("Program", &[Text]),
    ("ProgramArguments", &[Array]),
    ("QueueDirectories", &[Array]),
    ("RootDirectory", &[Text]),
    ("RunAtLoad", &[Bool]),
    ("ServiceIPC", &[Bool]),
    ("SessionCreate", &[Bool]),
    ("Sockets", &[Dict]),
    ("SoftResourceLimits", &[Dict]),
    ("SpawnConstraint", &[Dict]),
    ("StandardErrorPath", &[Text]),
    ("StandardInPath", &[Text]),
    ("StandardOutPath", &[Text]),
    ("StartCalendarInterval", &[Array, Dict]),
    ("StartInterval", &[Int]),
    ("StartOnMount", &[Bool]),
    ("ThrottleInterval", &[Int]),
    ("TimeOut", &[Int]),
    ("Umask", &[Int, Text]),
    ("UserName", &[Text]),
    ("WaitForDebugger", &[Bool]),
    ("WatchPaths", &[Array]),
    ("WorkingDirectory", &[Text]),
    ("inetdCompatibility", &[Dict]),
];

/// Values of `ProcessType`.
pub(super) const PROCESS_TYPES: [&str; 4] = ["Background", "Standard", "Adaptive", "Interactive"];

/// Values of `LimitLoadToSessionType`.
pub(super) const SESSION_TYPES: [&str; 5] = ["Aqua", "LoginWindow", "Background", "StandardIO", "System"];

/// Keys of a `KeepAlive` dictionary.
pub(super) const KEEP_ALIVE: [&str; 6] =
    ["SuccessfulExit", "Crashed", "NetworkState", "PathState", "OtherJobEnabled", "AfterInitialDemand"];
