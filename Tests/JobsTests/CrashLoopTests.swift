import Foundation
import Glibc
import Jobs
import Observability
import Testing

/// Kills a working process again and again: nothing that was acknowledged may be lost, nothing
/// may end twice.
@Suite("After kill -9", .serialized)
struct CrashLoopTests {
  @Test(
    .enabled(if: CrashWorker.isBuilt, "jobs-crash-worker is not beside the tests"),
    arguments: StoreKind.available)
  func nothingIsLostAndNothingEndsTwice(_ kind: StoreKind) async throws {
    let directory = try TemporaryDirectory()
    let settings =
      kind == .postgresql ? try #require(PostgreSQLServer.shared).freshSchema() : nil
    var acknowledged: Set<String> = []
    var ended: [String: Int] = [:]
    for _ in 0..<6 {
      let lines = try CrashWorker.run(directory.path, settings, until: 60)
      for line in lines {
        let id = String(line.dropFirst())
        if line.hasPrefix("+") { acknowledged.insert(id) }
        if line.hasPrefix("-") { ended[id, default: 0] += 1 }
        #expect(!line.hasPrefix("!"), "\(line)")
      }
    }
    #expect(acknowledged.count >= 100)
    #expect(ended.values.allSatisfy { $0 == 1 })

    let fixture = try EngineFixture(directory: directory, settings: settings) {
      $0.leaseMilliseconds = 2000
      $0.reapMilliseconds = 200
    }
    for text in acknowledged {
      let id = try #require(JobID(text))
      let job = try #require(try fixture.engine.job(id), "\(text) was acknowledged")
      let over = job.state.isFinished ? job : try await fixture.wait(id)
      // Three kills in a row may meet the same job; otherwise it has its right result.
      if over.state == .failed {
        #expect(over.attempt == 3)
      } else {
        #expect(try fixture.bytes(over).dropLast() == [2, 1])
      }
    }
  }
}

/// The process to be killed.
enum CrashWorker {
  static var path: String {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("jobs-crash-worker").path
  }

  static var isBuilt: Bool { FileManager.default.isExecutableFile(atPath: path) }

  /// Starts it, kills it after so many lines, and returns all it said.
  static func run(
    _ directory: String, _ settings: String?, until count: Int
  ) throws -> [Substring] {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = [directory] + (settings.map { [$0] } ?? [])
    process.standardOutput = pipe
    try process.run()
    var text: [UInt8] = []
    var lines = 0
    while lines < count {
      let data = pipe.fileHandleForReading.availableData
      if data.isEmpty { break }
      lines += data.count { $0 == 10 }
      text += data
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    text += pipe.fileHandleForReading.readDataToEndOfFile()
    let whole = text.lastIndex(of: 10).map { text[...$0] } ?? []
    return String(decoding: whole, as: UTF8.self).split(separator: "\n")
  }
}
