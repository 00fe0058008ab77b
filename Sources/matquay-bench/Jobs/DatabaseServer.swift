import Glibc

/// A PostgreSQL of the benchmark's own, on a UNIX socket in a temporary folder, flushing its log as
/// in service. Run by the user `postgres` where this program is root's.
final class DatabaseServer {
  private let folder: String
  private var isRunning = false

  /// Makes the database in `folder`, which must exist; `nil` where PostgreSQL is not installed.
  init?(folder: String) {
    self.folder = folder
    guard Self.programs != nil else { return nil }
    if getuid() == 0 {
      guard let user = getpwnam("postgres"),
        chown(folder, user.pointee.pw_uid, user.pointee.pw_gid) == 0
      else { return nil }
    }
    let made = run(
      "initdb", "-D", "\(folder)/data", "-U", "postgres", "--auth=trust", "--no-sync", "-E",
      "UTF8")
    guard made == 0 else { return nil }
  }

  deinit { if isRunning { stopImmediately() } }

  /// What `storage.url` takes.
  var url: String { "postgresql:///postgres?host=\(folder)&user=postgres" }

  /// Starts it and waits until it answers.
  func start() -> Bool {
    isRunning =
      run(
        "pg_ctl", "start", "-w", "-D", "\(folder)/data", "-l", "\(folder)/log", "-o",
        "-k \(folder) -c listen_addresses=") == 0
    return isRunning
  }

  /// Ends it as a crash would: nothing is flushed, nobody is told.
  func stopImmediately() {
    _ = run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", "\(folder)/data")
    isRunning = false
  }

  /// The first column of the rows of a statement; `nil` where it fails.
  func query(_ sql: String) -> [String]? {
    let psql = ChildProcess.start(command(["psql", "-X", "-q", "-A", "-t", "-c", sql, url]))
    guard let (text, status) = psql?.finish(), status == 0 else { return nil }
    return text.split(separator: "\n").map(String.init)
  }

  private func run(_ words: String...) -> Int32 {
    ChildProcess.start(command(words))?.finish().status ?? -1
  }

  private func command(_ words: [String]) -> [String] {
    let program = "\(Self.programs ?? "")/\(words[0])"
    let own = [program] + words.dropFirst()
    guard getuid() == 0 else { return own }
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] + own
  }

  /// The newest version's folder of programs, as Debian lays them out.
  private static let programs: String? = (13...20).reversed().lazy.map {
    "/usr/lib/postgresql/\($0)/bin"
  }.first { access($0 + "/initdb", X_OK) == 0 }
}
