//! The zip. Nothing of the day, of the computer or of the file system gets into it.

use super::Files;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

/// Everybody may read, the owner may write.
const PERMISSIONS: u32 = 0o644;
const LEVEL: i64 = 9;

/// Writes a zip of these files, in the order of their names.
pub(super) fn pack(files: &Files, path: &Path) -> Result<()> {
    let options = SimpleFileOptions::default()
        .system(System::Unix)
        .unix_permissions(PERMISSIONS)
        .last_modified_time(DateTime::DEFAULT)
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL));
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut zip = ZipWriter::new(file);
    for (name, bytes) in files {
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
    }
    zip.finish()?;
    Ok(())
}

/// Unpacks a zip into a folder.
pub(crate) fn unpack(zip: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    open(zip)?.extract(folder)?;
    Ok(())
}

/// The names of the files in a zip.
pub(super) fn names(zip: &Path) -> Result<Vec<String>> {
    let archive = open(zip)?;
    archive.file_names().map(|name| Ok(name?.into_owned())).collect()
}

fn open(zip: &Path) -> Result<ZipArchive<File>> {
    let file = File::open(zip).with_context(|| format!("cannot read {}", zip.display()))?;
    Ok(ZipArchive::new(file)?)
}

#[cfg(test)]
mod tests {
    use super::{names, pack, unpack};
    use crate::package::Files;
    use std::fs;

    #[test]
    fn what_is_packed_is_unpacked() {
        let folder = std::env::temp_dir().join(format!("openssl-dtls-archive-{}", std::process::id()));
        let zip = folder.join("a.zip");
        fs::create_dir_all(&folder).unwrap();
        let files = Files::from([("b/c.txt".into(), b"text".to_vec()), ("a".into(), Vec::new())]);
        pack(&files, &zip).unwrap();
        unpack(&zip, &folder.join("unpacked")).unwrap();
        let text = fs::read(folder.join("unpacked/b/c.txt")).unwrap();
        let names = names(&zip).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(text, b"text");
        assert_eq!(names, ["a", "b/c.txt"]);
    }
}
