import Foundation
import Glibc
import Synchronization

/// A PostgreSQL of one's own, in a temporary folder, on a UNIX socket; ends with the process.
final class PostgreSQLServer: Sendable {
  static let binaries = "/usr/lib/postgresql/15/bin"

  /// Whether there is one to start.
  static var isInstalled: Bool {
    FileManager.default.isExecutableFile(atPath: binaries + "/postgres")
      && (getuid() != 0 || getpwnam("postgres") != nil)
  }

  /// Started at the first use; nil when that failed.
  static let shared: PostgreSQLServer? = isInstalled ? try? PostgreSQLServer() : nil

  private let directory: TemporaryDirectory
  private let process: Int32
  private let schemas = Atomic(0)

  private init() throws {
    directory = try TemporaryDirectory()
    let path = directory.path
    if let user = getpwnam("postgres"), getuid() == 0 {
      chown(path, user.pointee.pw_uid, user.pointee.pw_gid)
    }
    let made = try Self.start([
      "initdb", "-D", "\(path)/data", "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8",
    ])
    made.waitUntilExit()
    guard made.terminationStatus == 0 else { throw Unexpected() }
    let server = try Self.start([
      "postgres", "-D", "\(path)/data", "-k", path, "-c", "listen_addresses=", "-c", "fsync=off",
    ])
    process = server.processIdentifier
    PostgreSQLServer.endWithProcess(server.processIdentifier, path)
    for _ in 0..<200 {
      let ready = try Self.start(["pg_isready", "-h", path, "-U", "postgres", "-q"])
      ready.waitUntilExit()
      if ready.terminationStatus == 0 { return }
      poll(nil, 0, 50)
    }
    throw Unexpected()
  }

  /// Connection settings for a schema of its own.
  func freshSchema() throws -> String {
    let name = "t\(schemas.add(1, ordering: .relaxed).newValue)"
    let made = try Self.start([
      "psql", "-h", directory.path, "-U", "postgres", "-q", "-c", "CREATE SCHEMA \(name)",
    ])
    made.waitUntilExit()
    return settings(schema: name)
  }

  func settings(schema: String) -> String {
    "host='\(directory.path)' user=postgres dbname=postgres options='-c search_path=\(schema)'"
  }

  /// Runs one statement in the schema of these settings.
  func execute(_ sql: String, _ settings: String) throws {
    let run = try Self.start(["psql", "-q", "-c", sql, settings])
    run.waitUntilExit()
    guard run.terminationStatus == 0 else { throw Unexpected() }
  }

  /// Runs one of the server's programs, as its own user where this process is root's.
  private static func start(_ command: [String]) throws -> Process {
    let process = Process()
    let program = "\(binaries)/\(command[0])"
    let arguments = Array(command.dropFirst())
    if getuid() == 0 {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
      process.arguments =
        ["--reuid=postgres", "--regid=postgres", "--clear-groups", program] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = arguments
    }
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private static let ending = Mutex<(process: Int32, path: String)?>(nil)

  private static func endWithProcess(_ process: Int32, _ path: String) {
    ending.withLock { $0 = (process, path) }
    atexit {
      guard let (process, path) = PostgreSQLServer.ending.withLock({ $0 }) else { return }
      kill(process, SIGQUIT)
      try? FileManager.default.removeItem(atPath: path)
    }
  }
}
