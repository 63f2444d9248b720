//! Memory pages of 16 KiB, which Android 15 and newer may have: a library that was laid out for smaller ones does not
//! load there.

use crate::platform::Platform;
use anyhow::{Context, Result};
use object::{File, Object, ObjectSegment};
use std::fs;
use std::path::Path;

const PAGE: u64 = 16 * 1024;

/// What is wrong with how a library of this platform is laid out.
pub(crate) fn fault(platform: Platform, library: &Path) -> Result<Option<String>> {
    if !matches!(platform, Platform::AndroidArm64 | Platform::AndroidX86_64) {
        return Ok(None);
    }
    let data = fs::read(library).with_context(|| format!("cannot read {}", library.display()))?;
    let file = File::parse(&*data)?;
    Ok(fault_of(file.segments().map(|segment| segment.align())))
}

fn fault_of(mut alignments: impl Iterator<Item = u64>) -> Option<String> {
    let small = alignments.find(|alignment| *alignment < PAGE)?;
    Some(format!(
        "a segment is laid out for pages of {small} bytes, not of {PAGE}"
    ))
}

#[cfg(test)]
mod tests {
    use super::fault_of;

    #[test]
    fn pages_may_be_larger_than_16_kib_but_not_smaller() {
        assert_eq!(fault_of([0x4000, 0x1_0000].into_iter()), None);
        assert!(fault_of([0x4000, 0x1000].into_iter()).is_some());
    }
}
