//! Runs this program under callgrind and reads how many instructions it counted.

use std::process::Command;

/// Instructions below `cases::measured` in a run of one case.
pub(crate) fn count(case: &str) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program's path: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(["--collect-atstart=no", "--toggle-collect=*cases*measured*"])
        .arg(program)
        .args(["--run", case])
        // From a few kilobytes on, glibc copies with `rep movsb`, of which valgrind counts each byte as one instruction.
        .env("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=0x7fffffff")
        .output()
        .map_err(|error| format!("valgrind does not start (Debian's package is `valgrind`): {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    match collected {
        Some(count) if count > 0 && output.status.success() => Ok(count),
        _ => Err(format!("valgrind has counted nothing for `{case}`:\n{said}")),
    }
}
