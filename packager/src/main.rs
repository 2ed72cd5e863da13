//! Reads the process, runs, prints, exits.

fn main() {}
