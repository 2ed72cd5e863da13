//! File formats, and no product: readers and writers of containers.

pub mod bom;
pub mod cabinet;
pub mod compound;
pub mod cpio;
pub mod gzip;
pub mod intunewin;
pub mod msi;
pub mod xar;
pub mod zip;
