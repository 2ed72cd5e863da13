//! How vendors' keys begin, and how long they are at least.

use super::keys::core_end;

/// What follows the beginning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// Hexadecimal digits.
    Hex,
    /// Letters and digits.
    Alnum,
    /// Letters, digits, `_` and `-`, of which one is a digit or a letter stands in another case.
    Word,
    /// The same, in which neighbours seldom belong together: the beginning is that of words too.
    Odd,
}
use Rest::{Alnum, Hex, Odd, Word};

/// Beginning, what follows, and how many characters of it at least, in the order of the first bytes. The vendors' own documentation of their keys.
const SHAPES: &[(&str, Rest, usize)] = &[
    ("A3-", Odd, 26),
    ("ABIA", Alnum, 16),
    ("ABSK", Alnum, 40),
    ("AC", Hex, 32),
    ("ACCA", Alnum, 16),
    ("AGE-SECRET-KEY-1", Alnum, 30),
    ("AIza", Word, 30),
    ("AKIA", Alnum, 16),
    ("APP_USR-", Word, 20),
    ("AQ.", Odd, 24),
    ("ASIA", Alnum, 16),
    ("ATATT3", Word, 20),
    ("ATBB", Alnum, 24),
    ("ATCTT3", Word, 20),
    ("BSA", Odd, 24),
    ("CFPAT-", Word, 20),
    ("EAAC", Alnum, 20),
    ("EAAG", Alnum, 20),
    ("EZAK", Alnum, 30),
    ("FLWSECK", Word, 20),
    ("GOCSPX-", Word, 20),
    ("NRAK-", Alnum, 20),
    ("NRJS-", Alnum, 15),
    ("PMAK-", Word, 24),
    ("SG.", Odd, 16),
    ("SK", Hex, 32),
    ("amzn.mws.", Word, 20),
    ("apify_api_", Alnum, 20),
    ("atlasv1", Word, 20),
    ("bb_live_", Word, 16),
    ("ctx7sk-", Word, 16),
    ("ctx7sk_", Word, 16),
    ("dapi", Hex, 32),
    ("dckr_oat_", Word, 20),
    ("dckr_pat_", Word, 20),
    ("doo_v1_", Hex, 32),
    ("dop_v1_", Hex, 32),
    ("dor_v1_", Hex, 32),
    ("dp.ct.", Alnum, 30),
    ("dp.pt.", Alnum, 30),
    ("dp.st.", Word, 30),
    ("duffel_", Word, 30),
    ("e2b_", Hex, 20),
    ("eyJ", Word, 14),
    ("fc-", Hex, 24),
    ("figd_", Word, 20),
    ("fm2_", Alnum, 30),
    ("fo1_", Word, 30),
    ("ghc_", Alnum, 30),
    ("gho_", Alnum, 30),
    ("ghp_", Alnum, 30),
    ("ghr_", Alnum, 30),
    ("ghs_", Alnum, 30),
    ("ghu_", Alnum, 30),
    ("github_pat_", Word, 30),
    ("glagent-", Word, 20),
    ("glc_", Word, 30),
    ("glcbt-", Word, 16),
    ("gldt-", Word, 16),
    ("glft-", Word, 16),
    ("glimt-", Word, 16),
    ("gloas-", Word, 20),
    ("glpat-", Word, 16),
    ("glptt-", Word, 20),
    ("glrt-", Word, 16),
    ("glsa_", Word, 24),
    ("glsoat-", Word, 16),
    ("gsk_", Alnum, 30),
    ("hf_", Alnum, 30),
    ("hvb.", Word, 20),
    ("hvr.", Word, 20),
    ("hvs.", Word, 20),
    ("jina_", Word, 30),
    ("key-", Hex, 24),
    ("lin_api_", Alnum, 20),
    ("lin_oauth_", Alnum, 20),
    ("lsv2_", Word, 24),
    ("mfa.", Odd, 40),
    ("nfp_", Alnum, 24),
    ("npm_", Alnum, 30),
    ("ntn_", Alnum, 30),
    ("nvapi-", Word, 30),
    ("oauth:", Alnum, 28),
    ("ops_eyJ", Word, 20),
    ("phx_", Alnum, 30),
    ("pk_live_", Alnum, 16),
    ("pk_test_", Alnum, 16),
    ("pplx-", Alnum, 30),
    ("pul-", Hex, 32),
    ("pypi-Ag", Word, 30),
    ("r8_", Alnum, 30),
    ("re_", Odd, 24),
    ("rk_live_", Alnum, 16),
    ("rk_test_", Alnum, 16),
    ("rl_enroll_", Word, 12),
    ("rl_org_", Word, 12),
    ("rl_user_", Word, 12),
    ("rnd_", Alnum, 24),
    ("rubygems_", Hex, 32),
    ("sb_secret_", Word, 16),
    ("sbp_", Hex, 32),
    ("secret_", Alnum, 30),
    ("shpat_", Hex, 24),
    ("shpca_", Hex, 24),
    ("shppa_", Hex, 24),
    ("shpss_", Hex, 24),
    ("sk-", Odd, 16),
    ("sk-ant-", Word, 16),
    ("sk-or-", Word, 16),
    ("sk-proj-", Word, 16),
    ("sk-svcacct-", Word, 16),
    ("sk_", Odd, 24),
    ("sk_live_", Alnum, 16),
    ("sk_test_", Alnum, 16),
    ("sntrys_", Word, 20),
    ("sntryu_", Hex, 32),
    ("sq0atp-", Word, 16),
    ("sq0csp-", Word, 20),
    ("tskey-", Word, 16),
    ("tvly-", Word, 20),
    ("vck_", Alnum, 20),
    ("vcp_", Alnum, 20),
    ("whsec_", Word, 20),
    ("xai-", Alnum, 30),
    ("xapp-", Word, 20),
    ("xkeysib-", Word, 30),
    ("xoxa-", Word, 16),
    ("xoxb-", Word, 16),
    ("xoxc-", Word, 16),
    ("xoxd-", Word, 16),
    ("xoxe-", Word, 16),
    ("xoxe.", Word, 16),
    ("xoxo-", Word, 16),
    ("xoxp-", Word, 16),
    ("xoxr-", Word, 16),
    ("xoxs-", Word, 16),
    ("ya29.", Word, 20),
];

/// So much of a run tells whether it is a key.
const NEAR: usize = 512;

/// The first bytes of all beginnings.
const FIRST: u128 = {
    let (mut first, mut at) = (0_u128, 0);
    while at < SHAPES.len() {
        first |= 1 << (SHAPES[at].0.as_bytes()[0] & 127);
        at += 1;
    }
    first
};

/// Where the key that begins at a byte ends, as far as it is made of letters, digits, `_` and `-`.
pub(super) fn end(bytes: &[u8], at: usize) -> Option<usize> {
    let first = *bytes.get(at)?;
    if !first.is_ascii() || FIRST >> first & 1 == 0 {
        return None;
    }
    let rest = bytes.get(at..)?;
    let head = |prefix: &str| prefix.as_bytes().first().copied().unwrap_or_default();
    let from = SHAPES.partition_point(|(prefix, ..)| head(prefix) < first);
    let same = SHAPES.iter().skip(from).take_while(|(prefix, ..)| head(prefix) == first);
    let fitting = same.filter(|(prefix, ..)| rest.starts_with(prefix.as_bytes())).filter_map(|shape| {
        let (prefix, kind, least) = *shape;
        let from = at + prefix.len();
        // Most runs are no keys, and each may have many beginnings.
        let near = core_end(bytes.get(..bytes.len().min(from + NEAR))?, from);
        follows(bytes.get(from..near)?, kind, least).then(|| core_end(bytes, near))
    });
    fitting.max()
}

fn follows(word: &[u8], kind: Rest, least: usize) -> bool {
    let of_kind = |byte: &&u8| match kind {
        Hex => byte.is_ascii_hexdigit(),
        Alnum => byte.is_ascii_alphanumeric(),
        Word | Odd => true,
    };
    if word.iter().take_while(of_kind).count() < least {
        return false;
    }
    let has = |of: fn(&u8) -> bool| word.iter().any(of);
    let digit = has(u8::is_ascii_digit);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let odd = || std::str::from_utf8(word).is_ok_and(super::keys::is_odd);
    (digit || mixed) && (kind != Odd || odd())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_in_order() {
        assert!(SHAPES.is_sorted_by_key(|(prefix, ..)| prefix.as_bytes()[0]));
    }

    #[test]
    fn a_beginning_alone_is_no_key() {
        for (prefix, _, least) in SHAPES {
            assert_eq!(end(prefix.as_bytes(), 0), None, "{prefix}");
            let key = format!("{prefix}{}", "9f3a1c7e".repeat(least / 8 + 1));
            assert_eq!(end(key.as_bytes(), 0), Some(key.len()), "{key}");
        }
    }
}
