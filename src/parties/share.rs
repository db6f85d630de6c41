//! A share of a right as an exact fraction: reduced, more than nothing, at most the whole.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A fraction of a right, such as 1/6. Written `1/6`, the whole `1/1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Share {
    numerator: i64,
    denominator: i64,
}

impl Share {
    /// The whole.
    pub const WHOLE: Self = Self { numerator: 1, denominator: 1 };

    /// The fraction, reduced; none unless it is above nothing and at most one.
    pub fn new(numerator: i64, denominator: i64) -> Option<Self> {
        Self::reduced(numerator.into(), denominator.into())
    }

    fn reduced(numerator: i128, denominator: i128) -> Option<Self> {
        if numerator <= 0 || numerator > denominator {
            return None;
        }
        let common = common_divisor(numerator, denominator);
        Some(Self {
            numerator: i64::try_from(numerator / common).ok()?,
            denominator: i64::try_from(denominator / common).ok()?,
        })
    }

    /// Numerator of the reduced fraction.
    pub fn numerator(self) -> i64 {
        self.numerator
    }

    /// Denominator of the reduced fraction.
    pub fn denominator(self) -> i64 {
        self.denominator
    }

    /// `part` of this share; none when the register cannot hold so fine a fraction.
    pub fn times(self, part: Self) -> Option<Self> {
        Self::reduced(
            i128::from(self.numerator) * i128::from(part.numerator),
            i128::from(self.denominator) * i128::from(part.denominator),
        )
    }

    /// What is left without `part`; none when nothing is, or when the register cannot hold so fine a fraction.
    pub fn minus(self, part: Self) -> Option<Self> {
        let (own, other) = self.across(part);
        Self::reduced(own - other, i128::from(self.denominator) * i128::from(part.denominator))
    }

    /// Whether the shares make exactly one whole. Shares too fine to be added within 127 bits make none.
    pub fn make_one(shares: &[Self]) -> bool {
        let zero = Some((0_i128, 1_i128));
        let sum = shares.iter().fold(zero, |sum, share| {
            let (numerator, denominator) = sum?;
            let (other, of) = (i128::from(share.numerator), i128::from(share.denominator));
            let numerator = numerator.checked_mul(of)?.checked_add(other.checked_mul(denominator)?)?;
            let denominator = denominator.checked_mul(of)?;
            let common = common_divisor(numerator, denominator);
            Some((numerator / common, denominator / common))
        });
        sum == Some((1, 1))
    }

    /// Both numerators over the product of the denominators.
    fn across(self, other: Self) -> (i128, i128) {
        (
            i128::from(self.numerator) * i128::from(other.denominator),
            i128::from(other.numerator) * i128::from(self.denominator),
        )
    }
}

fn common_divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

impl Ord for Share {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, others) = self.across(*other);
        own.cmp(&others)
    }
}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

/// Not a fraction between nothing and one.
#[derive(Debug, thiserror::Error)]
#[error("a share is a fraction above 0 and at most 1, such as 1/6")]
pub struct NoShare;

impl FromStr for Share {
    type Err = NoShare;

    fn from_str(text: &str) -> Result<Self, NoShare> {
        let (numerator, denominator) = text.trim().split_once('/').unwrap_or((text, "1"));
        let number = |text: &str| text.trim().parse().map_err(|_| NoShare);
        Self::new(number(numerator)?, number(denominator)?).ok_or(NoShare)
    }
}

impl TryFrom<String> for Share {
    type Error = NoShare;

    fn try_from(text: String) -> Result<Self, NoShare> {
        text.parse()
    }
}

impl From<Share> for String {
    fn from(share: Share) -> Self {
        share.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(text: &str) -> Share {
        text.parse().unwrap()
    }

    #[test]
    fn fractions_are_reduced_and_anything_else_is_refused() {
        assert_eq!(share("2/12").to_string(), "1/6");
        assert_eq!(share(" 1 / 3 "), share("1/3"));
        assert_eq!(share("1"), Share::WHOLE);
        for text in
            ["0", "0/3", "4/3", "-1/2", "1/-2", "1/0", "a/b", "", "1/2/3", "0.5", "1/9223372036854775808"]
        {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn parts_and_rests_are_exact() {
        assert_eq!(share("1/2").times(share("1/3")), Some(share("1/6")));
        assert_eq!(share("1/2").minus(share("1/6")), Some(share("1/3")));
        assert_eq!(share("1/2").minus(share("1/2")), None);
        assert_eq!(share("1/3").minus(share("1/2")), None);
        assert!(share("1/3") < share("1/2"));
        let finest = share("1/9223372036854775807");
        assert_eq!(finest.times(share("1/2")), None);
        assert!(Share::make_one(&[finest, share("9223372036854775806/9223372036854775807")]));
        assert!(Share::make_one(&[share("1/3"); 3]));
        assert!(!Share::make_one(&[share("333/1000"); 3]));
        assert!(!Share::make_one(&[]));
    }

    proptest! {
        /// What is divided and put together again is what it was.
        #[test]
        fn a_part_and_its_rest_make_the_whole(n in 1_i64..1000, d in 1_i64..1000, p in 1_i64..1000, q in 1_i64..1000) {
            let (Some(held), Some(part)) = (Share::new(n.min(d), d), Share::new(p.min(q), q)) else { return Ok(()) };
            let given = held.times(part).unwrap();
            let Some(rest) = held.minus(given) else {
                prop_assert_eq!(given, held);
                return Ok(());
            };
            let (a, b) = (i128::from(given.numerator()), i128::from(given.denominator()));
            let (x, y) = (i128::from(rest.numerator()), i128::from(rest.denominator()));
            prop_assert_eq!((a * y + x * b) * i128::from(held.denominator()), i128::from(held.numerator()) * b * y);
        }
    }
}
