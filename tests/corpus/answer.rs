//! All that a reader answers, checked for its form.

use std::path::Path;

use predio::spatial::reader::{self, Reader, Wanted};
use predio::spatial::wire::{Failure, Frame, Header, Record};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_predio");

/// All that came back for one file.
#[derive(Debug, Default)]
pub struct Answer {
    pub header: Option<Header>,
    pub records: Vec<Record>,
    pub unreadable: Vec<(u64, String)>,
    pub read: Option<u64>,
    pub failure: Option<Failure>,
}

impl Answer {
    pub async fn of(file: &Path, layer: Option<&str>) -> Self {
        Self::with(file, &Wanted { layer: layer.map(str::to_owned), ..Wanted::default() }).await
    }

    pub async fn by(program: &Path, file: &Path, layer: Option<&str>) -> Self {
        Self::from(reader::start(program, file, layer).unwrap(), file).await
    }

    pub async fn with(file: &Path, wanted: &Wanted) -> Self {
        Self::from(reader::start_with(Path::new(PROGRAM), file, wanted).unwrap(), file).await
    }

    async fn from(mut reader: Reader, file: &Path) -> Self {
        let mut answer = Self::default();
        while let Some(frame) = reader.next().await.unwrap() {
            match frame {
                Frame::Header(header) => answer.header = Some(*header),
                Frame::Record(record) => answer.records.push(record),
                Frame::Unreadable(feature) => answer.unreadable.push((feature.number, feature.why)),
                Frame::End(end) => answer.read = Some(end.read),
                Frame::Failure(failure) => answer.failure = Some(failure),
            }
        }
        answer.check(file);
        answer
    }

    /// Either a whole stream that accounts for its features, or a refusal in both languages.
    fn check(&self, file: &Path) {
        let given = (self.records.len() + self.unreadable.len()) as u64;
        match (&self.failure, self.read) {
            (None, Some(read)) => assert!(self.header.is_some() && read == given, "{}", file.display()),
            (Some(failure), None) => {
                let words = [&failure.code, &failure.es, &failure.en];
                assert!(words.iter().all(|word| !word.is_empty()), "{}: {failure:?}", file.display());
            }
            other => panic!("{}: {other:?}", file.display()),
        }
    }

    pub fn tells(&self, secret: &str) -> bool {
        let in_bytes =
            |record: &Record| record.wkb.windows(secret.len()).any(|part| part == secret.as_bytes());
        format!("{self:?}").contains(secret) || self.records.iter().any(in_bytes)
    }

    /// Why the file was refused.
    pub fn refusal(&self) -> &Failure {
        self.failure.as_ref().unwrap_or_else(|| panic!("it was read: {:?}", self.header))
    }
}
