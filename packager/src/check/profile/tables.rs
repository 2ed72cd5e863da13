//! The keys of the payloads that we make, with types and permitted values, after Apple's Device Management
//! schema (github.com/apple/device-management, release iOS 18.1 and macOS 15.1; MIT licence). A test walks Apple's
//! own files and holds these tables against them.

use super::schema::{Key, Shape, optional, required};

/// Keys of a profile. `ConsentText` is Apple's too, but has a rule of its own.
pub(super) const TOP_LEVEL: &[Key] = &[
    required("PayloadIdentifier", Shape::Text),
    required("PayloadUUID", Shape::Text),
    required("PayloadType", Shape::Words(&["Configuration"])),
    required("PayloadVersion", Shape::Integers(&[1])),
    required("PayloadContent", Shape::Each(&Shape::Any)),
    optional("IsEncrypted", Shape::Boolean),
    optional("EncryptedPayloadContent", Shape::Data),
    optional("PayloadDescription", Shape::Text),
    optional("PayloadDisplayName", Shape::Text),
    optional("HasRemovalPasscode", Shape::Boolean),
    optional("PayloadOrganization", Shape::Text),
    optional("PayloadRemovalDisallowed", Shape::Boolean),
    optional("PayloadScope", Shape::Words(&["System", "User"])),
    optional("RemovalDate", Shape::Date),
    optional("DurationUntilRemoval", Shape::Real),
    optional("PayloadExpirationDate", Shape::Date),
    optional("TargetDeviceType", Shape::Integers(&[0, 1, 2, 3, 4, 5, 6])),
    optional("ConsentText", Shape::Open(&Shape::Any)),
];

/// Keys of every payload.
pub(super) const COMMON: &[Key] = &[
    required("PayloadIdentifier", Shape::Text),
    required("PayloadUUID", Shape::Text),
    required("PayloadType", Shape::Text),
    required("PayloadVersion", Shape::Integers(&[1])),
    optional("PayloadDescription", Shape::Text),
    optional("PayloadDisplayName", Shape::Text),
    optional("PayloadOrganization", Shape::Text),
];

/// Type of the managed preferences payload.
pub(super) const MANAGED_CLIENT: &str = "com.apple.ManagedClient.preferences";
/// Type of the privacy payload.
pub(super) const TCC: &str = "com.apple.TCC.configuration-profile-policy";
/// Type of the login items payload.
pub(super) const SERVICE_MANAGEMENT: &str = "com.apple.servicemanagement";
/// Type of the notifications payload.
pub(super) const NOTIFICATIONS: &str = "com.apple.notificationsettings";

/// The payload types that have a table, and their keys besides [`COMMON`].
pub(super) const PAYLOADS: &[(&str, &[Key])] = &[
    (MANAGED_CLIENT, &[required("PayloadContent", Shape::Open(&Shape::Dictionary(PREFERENCE_DOMAIN)))]),
    (TCC, &[required("Services", Shape::Dictionary(TCC_SERVICES))]),
    (SERVICE_MANAGEMENT, &[required("Rules", Shape::Each(&Shape::Dictionary(RULE)))]),
    (NOTIFICATIONS, &[required("NotificationSettings", Shape::Each(&Shape::Dictionary(NOTIFICATION)))]),
];

const PREFERENCE_DOMAIN: &[Key] = &[
    optional("Forced", Shape::Each(&Shape::Dictionary(PREFERENCE_SETTINGS))),
    optional("Set-Once", Shape::Each(&Shape::Dictionary(PREFERENCE_SETTINGS))),
];

const PREFERENCE_SETTINGS: &[Key] = &[required("mcx_preference_settings", Shape::Open(&Shape::Any))];

const fn service(name: &'static str) -> Key {
    optional(name, Shape::Each(&Shape::Dictionary(TCC_IDENTITY)))
}

const TCC_SERVICES: &[Key] = &[
    service("AddressBook"),
    service("Calendar"),
    service("Reminders"),
    service("Photos"),
    service("Camera"),
    service("Microphone"),
    service("Accessibility"),
    service("PostEvent"),
    service("SystemPolicyAllFiles"),
    service("SystemPolicySysAdminFiles"),
    service("AppleEvents"),
    service("MediaLibrary"),
    service("FileProviderPresence"),
    service("ListenEvent"),
    service("ScreenCapture"),
    service("SpeechRecognition"),
    service("SystemPolicyDesktopFolder"),
    service("SystemPolicyDocumentsFolder"),
    service("SystemPolicyDownloadsFolder"),
    service("SystemPolicyNetworkVolumes"),
    service("SystemPolicyRemovableVolumes"),
    service("SystemPolicyAppBundles"),
    service("SystemPolicyAppData"),
    service("BluetoothAlways"),
];

const IDENTIFIER_TYPE: Shape = Shape::Words(&["bundleID", "path"]);

/// `Allowed` is marked as required in Apple's file, but its text says: either it or `Authorization`.
const TCC_IDENTITY: &[Key] = &[
    required("Identifier", Shape::Text),
    required("IdentifierType", IDENTIFIER_TYPE),
    required("CodeRequirement", Shape::Text),
    optional("StaticCode", Shape::Boolean),
    optional("Allowed", Shape::Boolean),
    optional("Authorization", Shape::Words(&["Allow", "Deny", "AllowStandardUserToSetSystemService"])),
    optional("Comment", Shape::Text),
    optional("AEReceiverIdentifier", Shape::Text),
    optional("AEReceiverIdentifierType", IDENTIFIER_TYPE),
    optional("AEReceiverCodeRequirement", Shape::Text),
];

const RULE: &[Key] = &[
    required(
        "RuleType",
        Shape::Words(&[
            "BundleIdentifier",
            "BundleIdentifierPrefix",
            "Label",
            "LabelPrefix",
            "TeamIdentifier",
        ]),
    ),
    required("RuleValue", Shape::Text),
    optional("Comment", Shape::Text),
    optional("TeamIdentifier", Shape::Text),
];

const NOTIFICATION: &[Key] = &[
    required("BundleIdentifier", Shape::Text),
    optional("NotificationsEnabled", Shape::Boolean),
    optional("ShowInNotificationCenter", Shape::Boolean),
    optional("ShowInLockScreen", Shape::Boolean),
    optional("AlertType", Shape::Integers(&[0, 1, 2])),
    optional("BadgesEnabled", Shape::Boolean),
    optional("SoundsEnabled", Shape::Boolean),
    optional("ShowInCarPlay", Shape::Boolean),
    optional("CriticalAlertEnabled", Shape::Boolean),
    optional("GroupingType", Shape::Integers(&[0, 1, 2])),
    optional("PreviewType", Shape::Integers(&[0, 1, 2])),
];
