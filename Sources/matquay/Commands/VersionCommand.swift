import ArgumentParser
import CBuild
import LinearAlgebra

/// What this program is.
enum ProgramVersion {
  static let number = "1.0.0"
  static let text = "matquay \(number)"
  /// The commit it was built from, where its builder said so.
  static var commit: String? { cbuild_commit().map { String(cString: $0) } }
}

/// Prints the version and what the numbers rest on.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version.")

  func run() {
    Terminal.write("\(ProgramVersion.text)\n")
    if let commit = ProgramVersion.commit { Terminal.write("commit: \(commit)\n") }
    Terminal.write("OpenBLAS kernels: \(OpenBLAS.coreName)\n")
  }
}
