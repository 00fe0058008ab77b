import ArgumentParser
import LinearAlgebra

/// What this program is.
enum ProgramVersion {
  static let number = "1.0.0"
  static let text = "matquay \(number)"
}

/// Prints the version and what the numbers rest on.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version.")

  func run() {
    Terminal.write("\(ProgramVersion.text)\nOpenBLAS kernels: \(OpenBLAS.coreName)\n")
  }
}
