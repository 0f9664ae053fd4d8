//! Other surroundings for this test binary: a full disk, a disk that cannot be written, modes that count for root too.
//!
//! None of it needs a privilege. Where the system lets this user mount a filesystem of its own (root, or a user
//! namespace), the disk is a small tmpfs that nobody else sees; a limit on the size of files and a directory without
//! the right to write do as well everywhere, and are tried in any case.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::child;

/// Which surroundings a test was run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// On a tmpfs of 64 kB, in a mount namespace made with these flags.
    Mounted(&'static str),
    /// No file may be larger than 64 blocks.
    SmallFiles,
    /// Modes of files count, for root as for everybody.
    ModesCount,
}

const MOUNT: &str = r#"mount -t tmpfs -o size=64k none "$1" && shift && exec "$@""#;
/// The signal would end the process; without it the write fails.
const LIMIT: &str = r#"trap '' XFSZ; ulimit -f 64; shift; exec "$@""#;

/// A mounted filesystem, if this user may mount one.
pub(crate) fn mounted(folder: &Path) -> Option<Way> {
    let may = |flags: &str| {
        let mut probe = Command::new("unshare");
        probe.args([flags, "sh", "-c", MOUNT, "sh"]).arg(folder).arg("true");
        probe.output().is_ok_and(|output| output.status.success())
    };
    ["-m", "-rm"].into_iter().find(|flags| may(flags)).map(Way::Mounted)
}

/// Does `task` in `folder`, in these surroundings, and fails as it does.
pub(crate) fn run(way: Way, task: &str, folder: &Path) {
    let mut command = match way {
        Way::Mounted(flags) => shell(Command::new("unshare"), &[flags, "sh"], MOUNT, folder),
        Way::SmallFiles => shell(Command::new("sh"), &[], LIMIT, folder),
        Way::ModesCount if modes_count(folder) => Command::new("env"),
        Way::ModesCount => {
            let mut command = Command::new("setpriv");
            command.arg("--bounding-set=-dac_override,-dac_read_search");
            command
        }
    };
    let output = child::told(command.arg(child::binary()), task, folder).output().expect("a process");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{way:?}: {said}");
    println!("{task}: {way:?}");
}

fn shell(mut command: Command, before: &[&str], script: &str, folder: &Path) -> Command {
    command.args(before).args(["-c", script, "sh"]).arg(folder);
    command
}

/// Whether this user, unlike root, is kept from writing by modes.
fn modes_count(folder: &Path) -> bool {
    let closed = folder.join("closed");
    fs::create_dir(&closed).expect("a folder");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("closed");
    let count = fs::write(closed.join("file"), "").is_err();
    fs::remove_dir_all(&closed).expect("removed");
    count
}
