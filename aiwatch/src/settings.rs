//! The managed settings: read once, typed, with where each value came from.
