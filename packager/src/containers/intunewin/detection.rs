//! Detection.xml: what is encrypted, with which keys, and what the setup file says of itself.

use std::io::Result;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer, XmlVersion};

use super::{CONTENT_NAME, Keys, Sealed};

/// The tool whose output this is.
const TOOL_VERSION: &str = "1.8.7.0";
/// The only profile there is: AES-256-CBC, then HMAC-SHA256.
pub const PROFILE: &str = "ProfileVersion1";
/// The digest's algorithm.
pub const DIGEST_ALGORITHM: &str = "SHA256";
/// Largest description that is read.
const LARGEST: usize = 1 << 20;

/// What a Windows Installer package says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsiInfo {
    /// ProductCode, in braces.
    pub product_code: String,
    /// ProductVersion.
    pub product_version: String,
    /// Package code, in braces.
    pub package_code: String,
    /// Manufacturer.
    pub publisher: String,
    /// UpgradeCode, in braces.
    pub upgrade_code: String,
    /// `System`, `User` or `Any`.
    pub execution_context: &'static str,
    /// Whether a user must be logged on.
    pub requires_logon: bool,
    /// Whether it always restarts the machine.
    pub requires_reboot: bool,
    /// Whether it installs for the machine.
    pub is_machine_install: bool,
    /// Whether it installs for one user.
    pub is_user_install: bool,
    /// Whether it installs services.
    pub includes_services: bool,
    /// Whether it installs ODBC data sources.
    pub includes_odbc: bool,
    /// Whether it writes below HKLM\SYSTEM.
    pub system_registry: bool,
    /// Whether it writes into the system's folders.
    pub system_folders: bool,
}

impl MsiInfo {
    /// The elements in the tool's order.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        vec![
            ("MsiProductCode", self.product_code.clone()),
            ("MsiProductVersion", self.product_version.clone()),
            ("MsiPackageCode", self.package_code.clone()),
            ("MsiPublisher", self.publisher.clone()),
            ("MsiUpgradeCode", self.upgrade_code.clone()),
            ("MsiExecutionContext", self.execution_context.to_owned()),
            ("MsiRequiresLogon", self.requires_logon.to_string()),
            ("MsiRequiresReboot", self.requires_reboot.to_string()),
            ("MsiIsMachineInstall", self.is_machine_install.to_string()),
            ("MsiIsUserInstall", self.is_user_install.to_string()),
            ("MsiIncludesServices", self.includes_services.to_string()),
            ("MsiIncludesODBCDataSource", self.includes_odbc.to_string()),
            ("MsiContainsSystemRegistryKeys", self.system_registry.to_string()),
            ("MsiContainsSystemFolders", self.system_folders.to_string()),
        ]
    }
}

/// A description to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    name: String,
    setup_file: String,
    size: usize,
    encryption: Vec<(&'static str, String)>,
    msi: Option<MsiInfo>,
}

impl Detection {
    /// Describes a sealed content.
    pub fn new(
        name: &str,
        setup_file: &str,
        sealed: &Sealed,
        keys: &Keys,
        msi: Option<MsiInfo>,
    ) -> Detection {
        let encryption = vec![
            ("EncryptionKey", STANDARD.encode(keys.encryption)),
            ("MacKey", STANDARD.encode(keys.mac)),
            ("InitializationVector", STANDARD.encode(keys.iv)),
            ("Mac", STANDARD.encode(sealed.mac)),
            ("ProfileIdentifier", PROFILE.to_owned()),
            ("FileDigest", STANDARD.encode(sealed.digest)),
            ("FileDigestAlgorithm", DIGEST_ALGORITHM.to_owned()),
        ];
        Detection {
            name: name.to_owned(),
            setup_file: setup_file.to_owned(),
            size: sealed.size,
            encryption,
            msi,
        }
    }

    /// As the tool writes it: CRLF, two spaces, no declaration, no line end at the end.
    pub fn to_xml(&self) -> Result<Vec<u8>> {
        let mut writer = Writer::new(Vec::new());
        let mut root = BytesStart::new("ApplicationInfo");
        root.push_attribute(("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"));
        root.push_attribute(("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"));
        root.push_attribute(("ToolVersion", TOOL_VERSION));
        writer.write_event(Event::Start(root))?;
        let size = self.size.to_string();
        let fields = [
            ("Name", &*self.name),
            ("UnencryptedContentSize", &size),
            ("FileName", CONTENT_NAME),
            ("SetupFile", &self.setup_file),
        ];
        for (name, value) in fields {
            element(&mut writer, "\r\n  ", name, value)?;
        }
        group(&mut writer, "EncryptionInfo", &self.encryption)?;
        if let Some(msi) = &self.msi {
            group(&mut writer, "MsiInfo", &msi.fields())?;
        }
        space(&mut writer, "\r\n")?;
        writer.write_event(Event::End(BytesEnd::new("ApplicationInfo")))?;
        Ok(writer.into_inner())
    }
}

fn space(writer: &mut Writer<Vec<u8>>, text: &'static str) -> Result<()> {
    writer.write_event(Event::Text(BytesText::from_escaped(text)))
}

fn element(writer: &mut Writer<Vec<u8>>, indent: &'static str, name: &str, value: &str) -> Result<()> {
    space(writer, indent)?;
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    writer.write_event(Event::Text(BytesText::new(value)))?;
    writer.write_event(Event::End(BytesEnd::new(name)))
}

fn group(writer: &mut Writer<Vec<u8>>, name: &str, fields: &[(&'static str, String)]) -> Result<()> {
    space(writer, "\r\n  ")?;
    writer.write_event(Event::Start(BytesStart::new(name)))?;
    for (name, value) in fields {
        element(writer, "\r\n    ", name, value)?;
    }
    space(writer, "\r\n  ")?;
    writer.write_event(Event::End(BytesEnd::new(name)))
}

/// A description as anyone may have written it: each element's path below the root, such as
/// `EncryptionInfo/Mac`, with its text, in stored order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// Reads a description.
    pub fn parse(bytes: &[u8]) -> std::result::Result<Fields, String> {
        if bytes.len() > LARGEST {
            return Err(format!("Detection.xml has more than {LARGEST} bytes"));
        }
        let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
            .map_err(|_| "Detection.xml is not UTF-8".to_owned())?;
        let mut reader = Reader::from_str(text);
        let (mut path, mut fields, mut value) = (Vec::<String>::new(), Vec::new(), String::new());
        loop {
            let event = reader.read_event().map_err(|error| format!("Detection.xml: {error}"))?;
            match event {
                Event::Start(start) => {
                    path.push(start.name().as_ref().to_owned());
                    value.clear();
                    if path.len() > 4 {
                        return Err("Detection.xml is nested too deeply".to_owned());
                    }
                }
                Event::Empty(start) => {
                    let name = start.name().as_ref().to_owned();
                    fields.push(([&path[1.min(path.len())..], &[name]].concat().join("/"), String::new()));
                }
                Event::Text(part) => {
                    value.push_str(&part.xml_content(XmlVersion::Implicit1_0));
                }
                Event::GeneralRef(part) => {
                    value.push_str(&reference(&part).ok_or("Detection.xml: an unknown entity")?)
                }
                Event::End(_) => {
                    if path.len() > 1 && !value.trim().is_empty() {
                        fields.push((path.get(1..).unwrap_or_default().join("/"), value.trim().to_owned()));
                    }
                    value.clear();
                    path.pop();
                }
                Event::Eof => break,
                _ => {}
            }
        }
        Ok(Fields(fields))
    }

    /// An element's text.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == path).map(|(_, value)| value.as_str())
    }

    /// An element's bytes.
    pub fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        STANDARD.decode(self.get(path)?).ok()
    }
}

fn reference(part: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if let Ok(Some(c)) = part.resolve_char_ref() {
        return Some(c.to_string());
    }
    quick_xml::escape::resolve_predefined_entity(part).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let sealed = Sealed { content: Vec::new(), mac: [1; 32], digest: [2; 32], size: 7 };
        let keys = Keys { encryption: [3; 32], mac: [4; 32], iv: [5; 16] };
        let xml = Detection::new("A & <B>", "b \"c\".msi", &sealed, &keys, None).to_xml().expect("written");
        let fields = Fields::parse(&xml).expect("read");
        assert_eq!(fields.get("Name"), Some("A & <B>"));
        assert_eq!(fields.get("SetupFile"), Some("b \"c\".msi"));
        assert_eq!(fields.bytes("EncryptionInfo/MacKey"), Some(vec![4; 32]));
        assert!(!xml.windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r'));
        for cut in 0..xml.len() {
            let _ = Fields::parse(&xml[..cut]);
        }
        assert!(Fields::parse("<a>".repeat(50).as_bytes()).is_err());
    }
}
