import Glibc
import Synchronization

/// A process with its standard output readable here and its errors in a file.
final class Spawned {
  let pid: pid_t
  private let output: UnsafeMutablePointer<FILE>
  private let errorsPath: String
  private var status: Int32?

  /// - Parameters:
  ///   - environment: variables beside PATH and HOME, which are passed on.
  ///   - folder: where it runs; `nil`: here.
  init(
    _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil
  ) throws {
    // The shell changes the folder and then becomes the program, under the same process id.
    var arguments = arguments
    if let folder { arguments = ["sh", "-c", "cd \"$0\" && exec \"$@\"", folder] + arguments }
    var template = Array("/tmp/matquay-errors-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    errorsPath = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { close(file) }
    (pid, output) = try Self.spawning.withLock { _ in
      try Self.spawn(arguments, Self.variables(environment), errors: file)
    }
  }

  /// Held while descriptors are open that another child must not inherit: it would keep the pipe
  /// open after its owner's end.
  private static let spawning = Mutex(())

  private static func variables(_ environment: [String: String]) -> [String] {
    var variables = environment
    for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] {
      if variables[name] == nil, let value = getenv(name) {
        variables[name] = String(cString: value)
      }
    }
    return variables.map { "\($0.key)=\($0.value)" }
  }

  private static func spawn(
    _ arguments: [String], _ variables: [String], errors: Int32
  ) throws -> (pid_t, UnsafeMutablePointer<FILE>) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw EndToEndFailure("no pipe") }
    for descriptor in ends + [errors] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var pairs: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { for text in words + pairs { free(text) } }
    var pid: pid_t = 0
    let failure = posix_spawnp(&pid, arguments[0], &actions, nil, &words, &pairs)
    close(ends[1])
    guard failure == 0, let stream = fdopen(ends[0], "r") else {
      close(ends[0])
      throw EndToEndFailure("\(arguments[0]): \(String(cString: strerror(failure)))")
    }
    return (pid, stream)
  }

  deinit {
    if status == nil {
      kill(pid, SIGKILL)
      _ = wait()
    }
    fclose(output)
    unlink(errorsPath)
  }

  /// The next line of its output; `nil` at the end.
  func line() -> String? {
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    guard getline(&line, &capacity, output) >= 0, let line else { return nil }
    let text = String(cString: line)
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  /// What it wrote to standard error so far.
  var errors: String {
    guard let file = fopen(errorsPath, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }

  /// How many descriptors it has open.
  func descriptors() throws -> Int {
    guard let folder = opendir("/proc/\(pid)/fd") else { throw EndToEndFailure("no /proc") }
    defer { closedir(folder) }
    var count = -2
    while readdir(folder) != nil { count += 1 }
    return count
  }

  /// Processor time used so far, in clock ticks: utime and stime of proc(5).
  func processorTicks() -> Int {
    guard let file = fopen("/proc/\(pid)/stat", "r") else { return 0 }
    defer { fclose(file) }
    var line = [UInt8](repeating: 0, count: 4_096)
    let count = fread(&line, 1, line.count, file)
    let text = String(decoding: line[..<count], as: UTF8.self)
    // The name in parentheses may hold anything.
    let fields = text.drop { $0 != ")" }.split(separator: " ")
    return fields.count > 13 ? (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0) : 0
  }

  func send(_ signal: Int32) { kill(pid, signal) }

  /// Waits for the end: the exit status, or minus the signal's number.
  func wait() -> Int32 {
    if let status { return status }
    var raw: Int32 = 0
    while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
    let status = raw & 0x7F == 0 ? raw >> 8 & 0xFF : -(raw & 0x7F)
    self.status = status
    return status
  }

  /// Runs a command to its end.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil
  ) throws -> (status: Int32, output: String, errors: String) {
    let process = try Spawned(arguments, environment: environment, in: folder)
    var lines = ""
    while let line = process.line() { lines += line + "\n" }
    let status = process.wait()
    return (status, lines, process.errors)
  }
}
