import TestSupport
import Testing

/// Every command of the README, run as it stands against a service on another port.
@Suite(.enabled(if: Program.isBuilt, "\(Program.absent)"))
struct ReadmeTests {
  /// The blocks marked `sh`, in order. Blocks of other kinds (`console`, `yaml`) are not run:
  /// they are set-up that deploy/test does itself, or show output.
  static let blocks = blocks(of: "sh")

  static func blocks(of language: String) -> [String] {
    var blocks: [String] = []
    var current: [Substring]?
    for line in PackageFiles.text("README.md").split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line == "```\(language)" {
        current = []
      } else if line == "```", let lines = current {
        blocks.append(lines.joined(separator: "\n"))
        current = nil
      } else {
        current?.append(line)
      }
    }
    return blocks
  }

  /// A block for a service on another port.
  static func command(_ block: String, port: String) -> String {
    block.replacing("127.0.0.1:8080", with: "127.0.0.1:\(port)") + "\n"
  }

  @Test func thereAreCommandsToRun() {
    #expect(Self.blocks.count >= 5)
  }

  @Test func everyCommandWorks() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let program = try #require(Program.path)
    // The commands write beside them, so they run in a folder that only looks like the package.
    var script = """
      set -euo pipefail
      ln -s '\(PackageFiles.path("deploy"))' deploy
      mkdir bin
      ln -s '\(program)' bin/matquay
      export PATH="$PWD/bin:$PATH" MATQUAY_URL='\(service.url)'

      """
    for block in Self.blocks {
      script += Self.command(block, port: service.port)
    }
    let run = try Spawned.run(["bash", "-c", script], in: folder.path)
    #expect(run.status == 0, "\(run.output)\n\(run.errors)")
  }
}

extension String {
  /// The text with every occurrence replaced.
  fileprivate func replacing(_ old: String, with new: String) -> String {
    var result = ""
    var rest = self[...]
    while let range = rest.firstRange(of: old) {
      result += rest[..<range.lowerBound] + new
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}
