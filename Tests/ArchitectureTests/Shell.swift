import Glibc
import JSON
import TestSupport

/// Runs a command in the package's folder.
enum Shell {
  /// Standard output, or `nil` where the command failed.
  ///
  /// A scratch folder of its own keeps it from waiting for the build that runs these tests.
  static func output(_ command: String) -> String? {
    let line = "cd '\(SharedFiles.packageRoot)' && \(command) 2>/dev/null"
    guard let pipe = popen(line, "r") else { return nil }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, pipe)
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    return pclose(pipe) == 0 ? String(decoding: bytes, as: UTF8.self) : nil
  }

  static func json(_ command: String) -> JSONValue? {
    guard let text = output(command) else { return nil }
    // Warnings of SwiftPM may come first.
    return try? JSONValue.parse(String(text.drop { $0 != "{" }))
  }
}
