//! Distribution, which the Installer and MDMs read first, and PackageInfo, which becomes the receipt.

use std::io;

use aiwatch_contract::{PRODUCT_ID, PRODUCT_NAME};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::containers::cpio::{self, Entry};
use crate::failure::{Failure, Result};
use crate::manifest::Release;

/// Architectures that the package runs on natively. Without them the Installer offers Rosetta on Apple silicon.
const HOST_ARCHITECTURES: &str = "arm64,x86_64";

/// What both texts say.
pub(super) struct About {
    version: String,
    minimum_macos: String,
    files: String,
    kilobytes: String,
}

impl About {
    pub(super) fn new(release: &Release, entries: &[Entry<Vec<u8>>]) -> About {
        let files = entries.iter().filter(|entry| entry.is(cpio::FILE));
        let bytes: usize = files.map(|entry| entry.data.len()).sum();
        About {
            version: release.version.to_string(),
            minimum_macos: release.minimum_macos.clone(),
            files: entries.len().to_string(),
            kilobytes: bytes.div_ceil(1024).to_string(),
        }
    }
}

/// The component's PackageInfo.
pub(super) fn package_info(about: &About) -> Result<Vec<u8>> {
    document(|xml| {
        xml.open(
            "pkg-info",
            &[
                ("format-version", "2"),
                ("identifier", PRODUCT_ID),
                ("version", &about.version),
                ("install-location", "/"),
                ("auth", "root"),
                ("overwrite-permissions", "true"),
                ("relocatable", "false"),
                ("postinstall-action", "none"),
            ],
        )?;
        xml.empty("payload", &[("numberOfFiles", &about.files), ("installKBytes", &about.kilobytes)])?;
        xml.empty("bundle-version", &[])?;
        xml.open("scripts", &[])?;
        xml.empty("preinstall", &[("file", "./preinstall")])?;
        xml.empty("postinstall", &[("file", "./postinstall")])?;
        xml.close("scripts")?;
        xml.close("pkg-info")
    })
}

/// The product's Distribution.
pub(super) fn distribution(about: &About) -> Result<Vec<u8>> {
    let version = about.version.as_str();
    document(|xml| {
        xml.open("installer-gui-script", &[("minSpecVersion", "2")])?;
        xml.text("title", &[], PRODUCT_NAME)?;
        xml.empty("product", &[("id", PRODUCT_ID), ("version", version)])?;
        xml.empty(
            "options",
            &[
                ("customize", "never"),
                ("require-scripts", "false"),
                ("hostArchitectures", HOST_ARCHITECTURES),
            ],
        )?;
        xml.empty(
            "domains",
            &[
                ("enable_anywhere", "false"),
                ("enable_currentUserHome", "false"),
                ("enable_localSystem", "true"),
            ],
        )?;
        xml.open("volume-check", &[])?;
        xml.open("allowed-os-versions", &[])?;
        xml.empty("os-version", &[("min", &about.minimum_macos)])?;
        xml.close("allowed-os-versions")?;
        xml.close("volume-check")?;
        xml.open("choices-outline", &[])?;
        xml.empty("line", &[("choice", PRODUCT_ID)])?;
        xml.close("choices-outline")?;
        xml.open("choice", &[("id", PRODUCT_ID), ("title", PRODUCT_NAME), ("visible", "false")])?;
        xml.empty("pkg-ref", &[("id", PRODUCT_ID)])?;
        xml.close("choice")?;
        let reference = [
            ("id", PRODUCT_ID),
            ("version", version),
            ("installKBytes", &about.kilobytes),
            ("auth", "root"),
            ("onConclusion", "none"),
        ];
        xml.text("pkg-ref", &reference, &format!("#{PRODUCT_ID}.pkg"))?;
        xml.close("installer-gui-script")
    })
}

/// A writer of indented XML.
struct Xml(Writer<Vec<u8>>);

fn document(content: impl FnOnce(&mut Xml) -> io::Result<()>) -> Result<Vec<u8>> {
    let mut xml = Xml(Writer::new_with_indent(Vec::new(), b' ', 4));
    let declared = xml.0.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    declared
        .and_then(|()| content(&mut xml))
        .map_err(|error| Failure::work(format!("macOS package: {error}")))?;
    let mut bytes = xml.0.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

impl Xml {
    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Start(start(name, attributes)))
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Empty(start(name, attributes)))
    }

    fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
        let element = self.0.create_element(name).with_attributes(attributes.iter().copied());
        element.write_text_content(BytesText::new(text)).map(|_| ())
    }
}

fn start<'a>(name: &'a str, attributes: &[(&'a str, &'a str)]) -> BytesStart<'a> {
    BytesStart::new(name).with_attributes(attributes.iter().copied())
}
