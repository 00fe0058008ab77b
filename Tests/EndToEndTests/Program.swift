import Glibc
import TestSupport

/// The built program `matquay`, beside the tests in the build folder.
enum Program {
  /// Its path; `nil` where it was not built.
  static let path: String? = {
    var bytes = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &bytes, bytes.count - 1)
    guard count > 0 else { return nil }
    let own = String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    let folder = own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    // The runner may be a helper of the toolchain; then the package's own folder is asked.
    let candidates = [
      folder, PackageFiles.path(".build/release"), PackageFiles.path(".build/debug"),
    ]
    return candidates.map { $0 + "/matquay" }.first { access($0, X_OK) == 0 }
  }()

  static let isBuilt = path != nil
  static let absent = "the program matquay is not built"

  /// Runs it to its end.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil
  ) throws -> (status: Int32, output: String, errors: String) {
    try Spawned.run([path ?? "matquay"] + arguments, environment: environment, in: folder)
  }
}

/// What went wrong before a test could begin.
struct EndToEndFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
