import Foundation
import Glibc
import LinearAlgebra
import Testing

@Suite struct MatrixMemoryTests {
  private static let system = "/sys/kernel/mm/transparent_hugepage/enabled"

  @Test(.enabled(if: FileManager.default.fileExists(atPath: system), "no pages of 2 MB here"))
  func largeOnesAskForLargePages() throws {
    let matrix = Matrix<Double>(rows: 1_024, columns: 1_024, repeating: 1)
    let found = try matrix.withElements { elements in
      try Self.flags(at: UInt(bitPattern: elements.baseAddress) + UInt(elements.count * 4))
    }
    let flags = try #require(found, "no mapping holds the matrix")
    #expect(flags.contains("hg"), "\(flags)")
  }

  /// The `VmFlags` of the mapping that holds an address (proc(5)).
  private static func flags(at address: UInt) throws -> [String]? {
    // Foundation takes a file that says it is empty for one page.
    let file = try #require(fopen("/proc/self/smaps", "r"))
    defer { fclose(file) }
    var memory: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(memory) }
    var isWithin = false
    while getline(&memory, &capacity, file) > 0, let text = memory {
      let line = String(cString: text).dropLast()
      let words = line.split(separator: " ")
      let bounds = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      if bounds.count == 2 { isWithin = bounds[0]..<bounds[1] ~= address }
      if isWithin, words[0] == "VmFlags:" { return words.dropFirst().map(String.init) }
    }
    return nil
  }
}
