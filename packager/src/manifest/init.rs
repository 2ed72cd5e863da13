//! `packager init`: a commented manifest.
