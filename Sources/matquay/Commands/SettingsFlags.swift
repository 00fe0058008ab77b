import ArgumentParser
import Glibc
import Settings

/// Every flag that is a setting, taken as it stands: the settings room knows them, not the parser.
struct SettingsFlags: ParsableArguments {
  @Argument(
    parsing: .allUnrecognized,
    help: "Any setting as a flag, such as --server-port 8080, and --config PATH.")
  var flags: [String] = []

  /// The settings, or the end of the program with everything that is wrong with them.
  func load() throws -> LoadedSettings {
    do throws(SettingsError) {
      return try SettingsLoader().load(flags: flags)
    } catch {
      for problem in error.problems { Terminal.complain("\(problem)") }
      throw error.isUsage ? ProgramExit.usage : ProgramExit.configuration
    }
  }
}

/// How the program ends.
enum ProgramExit {
  static let failure = ExitCode(1)
  /// EX_USAGE of sysexits.h.
  static let usage = ExitCode(64)
  /// EX_CONFIG of sysexits.h.
  static let configuration = ExitCode(78)
}

/// Lines for the person at the terminal.
enum Terminal {
  /// Writes a line to standard error.
  static func complain(_ text: String) {
    write("matquay: \(text)\n", to: 2)
  }

  /// Writes bytes to a descriptor, all of them.
  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
    }
  }

  static func write(_ text: String, to descriptor: Int32 = 1) {
    write(Array(text.utf8), to: descriptor)
  }
}
