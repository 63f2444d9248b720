//! A child process whose output is read line by line, under a time limit.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Instant;

/// How many of the last lines of output are worth showing when something failed.
const TAIL: usize = 40;

/// A running child. Dropping it kills it.
pub(crate) struct Process {
    name: String,
    child: Child,
    stdin: Option<ChildStdin>,
    incoming: Receiver<String>,
    output: Vec<String>,
    echo: bool,
}

/// How a child ended.
pub(crate) struct Finished {
    /// `None`: it was still running at its time limit and was killed.
    pub(crate) status: Option<ExitStatus>,
    /// The lines of stdout and stderr, in the order in which they came.
    pub(crate) output: Vec<String>,
}

impl Process {
    /// Starts a child; `name` is what messages call it.
    pub(crate) fn spawn(name: &str, command: &mut Command) -> Result<Process> {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{name} does not start"))?;
        let (sender, incoming) = channel();
        if let Some(stdout) = child.stdout.take() {
            forward_lines(stdout, sender.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            forward_lines(stderr, sender);
        }
        let stdin = child.stdin.take();
        Ok(Process {
            name: name.to_owned(),
            child,
            stdin,
            incoming,
            output: Vec::new(),
            echo: false,
        })
    }

    /// The system's number for it.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Also prints each line as it comes.
    pub(crate) fn echo(mut self) -> Process {
        self.echo = true;
        self
    }

    /// Writes a line to the child's standard input.
    pub(crate) fn write_line(&mut self, line: &str) -> Result<()> {
        let stdin = self
            .stdin
            .as_mut()
            .with_context(|| format!("{} has no input", self.name))?;
        writeln!(stdin, "{line}")
            .and_then(|()| stdin.flush())
            .with_context(|| format!("{} takes no input", self.name))
    }

    /// Waits for a line from which `read` gets something; `what` names it in the error.
    pub(crate) fn expect<T>(&mut self, what: &str, limit: Instant, read: impl Fn(&str) -> Option<T>) -> Result<T> {
        loop {
            match self.next_line(limit) {
                Ok(line) => {
                    if let Some(found) = read(line) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!("{} has not printed {what} in time\n{}", self.name, tail(&self.output))
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!(
                        "{} ended without having printed {what}\n{}",
                        self.name,
                        tail(&self.output)
                    )
                }
            }
        }
    }

    /// Waits for the child's end, at most until `limit`.
    pub(crate) fn finish(mut self, limit: Instant) -> Result<Finished> {
        self.stdin = None;
        let status = loop {
            match self.next_line(limit) {
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => break None,
                Err(RecvTimeoutError::Disconnected) => break Some(self.child.wait()?),
            }
        };
        Ok(Finished {
            status,
            output: std::mem::take(&mut self.output),
        })
    }

    /// Kills the child and gives all that it has printed.
    pub(crate) fn stop(&mut self) -> Vec<String> {
        // Both fail when the child has ended by itself and was waited for, which is as good. Its output ends before it has
        // given back its sockets: only after the wait can the next one have its port.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.output.extend(self.incoming.iter());
        std::mem::take(&mut self.output)
    }

    fn next_line(&mut self, limit: Instant) -> Result<&str, RecvTimeoutError> {
        let line = self
            .incoming
            .recv_timeout(limit.saturating_duration_since(Instant::now()))?;
        if self.echo {
            println!("{line}");
        }
        self.output.push(line);
        Ok(self.output.last().map_or("", String::as_str))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail when the child has already been waited for, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of the output, indented, for a failure's message.
pub(crate) fn tail<'a>(output: impl IntoIterator<Item = &'a String>) -> String {
    let lines: Vec<&String> = output.into_iter().collect();
    let start = lines.len().saturating_sub(TAIL);
    lines[start..]
        .iter()
        .map(|line| format!("    | {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn forward_lines(stream: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            line.clear();
            if lines.send(text).is_err() {
                return;
            }
        }
    });
}

#[cfg(all(test, unix))]
mod tests {
    use super::Process;
    use std::process::Command;
    use std::time::{Duration, Instant};

    fn shell(script: &str) -> Process {
        Process::spawn("the script", Command::new("sh").args(["-c", script])).unwrap()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn a_line_is_awaited_and_answered() {
        let mut process = shell("echo ready 7; read answer; echo got $answer >&2; exit 3");
        let number = process
            .expect("ready", soon(), |line| line.strip_prefix("ready ")?.parse::<u32>().ok())
            .unwrap();
        process.write_line("forty-two").unwrap();
        let finished = process.finish(soon()).unwrap();
        assert_eq!(number, 7);
        assert_eq!(finished.output, ["ready 7", "got forty-two"]);
        assert_eq!(finished.status.and_then(|status| status.code()), Some(3));
    }

    #[test]
    fn a_child_that_outlives_its_limit_is_killed() {
        let mut process = shell("echo before; exec sleep 60");
        process
            .expect("before", soon(), |line| (line == "before").then_some(()))
            .unwrap();
        let started = Instant::now();
        let finished = process.finish(started + Duration::from_millis(300)).unwrap();
        assert!(finished.status.is_none());
        assert_eq!(finished.output, ["before"]);
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn waiting_for_a_line_ends_with_the_child() {
        let error = shell("echo something else")
            .expect("ready", soon(), |line| (line == "ready").then_some(()))
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains("ended without having printed ready"), "{text}");
        assert!(text.contains("something else"), "{text}");
    }
}
