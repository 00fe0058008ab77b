import TestSupport
import Testing

/// Files that switch one of the compiler's checks off. Each wraps a C library or owns raw memory,
/// and states the invariant that takes the check's place.
private let knownFiles: Set<String> = [
  "Sources/Compute/ParallelLoop.swift", "Sources/Compute/PoolThread.swift",
  "Sources/Compute/ThreadGate.swift", "Sources/HTTP/BodyBytes.swift",
  "Sources/HTTPClient/CurlHandle.swift", "Sources/JSON/JSONTape.swift",
  "Sources/LinearAlgebra/MatrixView.swift", "Sources/Tensors/ByteSource.swift",
  "Sources/HTTPServer/AnswerHandle.swift", "Sources/HTTPServer/BodyMemory.swift",
  "Sources/HTTPServer/LoopCrew.swift",
  "Sources/HTTPServer/TLSContext.swift",
  "Sources/Jobs/PostgreSQL/PostgreSQLConnection.swift",
  "Sources/Jobs/SQLite/SQLiteConnection.swift",
]

@Suite struct UnsafeCodeTests {
  private let markers = ["@unchecked Sendable", "nonisolated(unsafe)"]

  private func marked() -> [String] {
    SourceTree.swiftFiles(under: "Sources").filter { file in
      SourceTree.code(of: file).contains { line in markers.contains { line.contains($0) } }
    }
  }

  @Test func uncheckedCodeIsWhereItIsKnownToBe() {
    for file in marked() {
      #expect(knownFiles.contains(file), "\(file) switches a check off and is not listed")
    }
  }

  @Test func theListHoldsNothingThatIsGone() {
    let found = Set(marked())
    for file in knownFiles { #expect(found.contains(file), "\(file)") }
  }

  @Test func everyUncheckedTypeStatesItsInvariant() {
    for file in marked() {
      let lines = SourceTree.lines(of: file)
      let code = SourceTree.code(of: file)
      for (index, line) in code.enumerated() where markers.contains(where: line.contains) {
        let before = lines[max(0, index - 12)..<index]
        let states = before.contains {
          $0.contains("//") && ($0.contains("nvariant") || $0.contains("`@unchecked Sendable`"))
        }
        #expect(states, "\(file):\(index + 1) has no invariant above it")
      }
    }
  }
}
