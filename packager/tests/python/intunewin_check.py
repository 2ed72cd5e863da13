"""Checks an .intunewin without a line of our own code: zip, HMAC, AES, digest, and Detection.xml against msitools.

Usage: intunewin_check.py FILE OUT. Writes the setup file to OUT and prints what Detection.xml says of it.
"""

import base64
import hashlib
import hmac
import io
import json
import sys
import xml.etree.ElementTree as ElementTree
import zipfile

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

CONTENT = "IntuneWinPackage/Contents/IntunePackage.intunewin"
DETECTION = "IntuneWinPackage/Metadata/Detection.xml"


def main(path, out):
    outer = zipfile.ZipFile(path)
    assert outer.namelist() == [CONTENT, DETECTION], outer.namelist()
    assert all(member.compress_type == zipfile.ZIP_STORED for member in outer.infolist())
    assert all(member.date_time == (1980, 1, 1, 0, 0, 0) for member in outer.infolist())
    raw = outer.read(DETECTION)
    assert raw.startswith(b"<ApplicationInfo xmlns:xsd=") and raw.endswith(b"\r\n</ApplicationInfo>"), raw[:80]
    assert raw.count(b"\n") == raw.count(b"\r\n"), "line ends"
    root = ElementTree.fromstring(raw)
    assert root.get("ToolVersion") == "1.8.7.0"
    assert [child.tag for child in root] == [
        "Name", "UnencryptedContentSize", "FileName", "SetupFile", "EncryptionInfo", "MsiInfo",
    ]
    info = {child.tag: child.text for child in root.find("EncryptionInfo")}
    assert list(info) == [
        "EncryptionKey", "MacKey", "InitializationVector", "Mac", "ProfileIdentifier", "FileDigest",
        "FileDigestAlgorithm",
    ]
    key, mac_key, iv, mac, digest = (
        base64.b64decode(info[name], validate=True)
        for name in ("EncryptionKey", "MacKey", "InitializationVector", "Mac", "FileDigest")
    )
    assert info["ProfileIdentifier"] == "ProfileVersion1" and info["FileDigestAlgorithm"] == "SHA256"
    content = outer.read(CONTENT)
    assert content[:32] == mac and content[32:48] == iv
    assert hmac.new(mac_key, content[32:], hashlib.sha256).digest() == mac
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    padded = decryptor.update(content[48:]) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    plain = unpadder.update(padded) + unpadder.finalize()
    assert len(plain) == int(root.findtext("UnencryptedContentSize"))
    assert hashlib.sha256(plain).digest() == digest
    inner = zipfile.ZipFile(io.BytesIO(plain))
    assert inner.testzip() is None and inner.namelist() == [root.findtext("SetupFile")]
    with open(out, "wb") as file:
        file.write(inner.read(root.findtext("SetupFile")))
    print(json.dumps({child.tag: child.text for child in root.find("MsiInfo")}))


main(*sys.argv[1:])
