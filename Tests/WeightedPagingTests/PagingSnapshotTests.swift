import TestSupport
import Testing
import WeightedPaging

@Suite struct PagingSnapshotTests {
  private func snapshot(_ policy: PagingPolicy, steps: Int) throws -> [UInt8] {
    var session = try PagingSession(
      PagingSession.Configuration(
        engine: PagingEngine.Configuration(capacity: 3, states: 8), policy: policy, seed: 1))
    var world = SessionWorld(seed: 3)
    for _ in 0..<steps { world.take(try session.advance(world.batch(session))) }
    return session.snapshot()
  }

  @Test func everyTruncationAndEveryFlippedByteIsRefused() throws {
    let bytes = try snapshot(.owp, steps: 2)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      #expect(throws: PagingSnapshotError.self) {
        try PagingSession(snapshot: Array(bytes[..<length]))
      }
    }
    for i in stride(from: 0, to: bytes.count, by: 5) {
      var changed = bytes
      changed[i] ^= 0x10
      #expect(throws: PagingSnapshotError.self) { try PagingSession(snapshot: changed) }
    }
    #expect(throws: PagingSnapshotError.unsupportedVersion(9)) {
      var changed = bytes
      changed[8] = 9
      return try PagingSession(snapshot: changed)
    }
  }

  /// Contents changed under a right checksum: refused, or a session that still works.
  @Test(arguments: [PagingPolicy.owp, .lru, .marking, .gdsfMean, .owpPredictions, .owpFrequency])
  func forgedContentsNeverBreakTheProcess(policy: PagingPolicy) throws {
    let bytes = try snapshot(policy, steps: 12)
    var random = SplitMix64(seed: 77)
    var accepted = 0
    for _ in 0..<1500 {
      let body = random.mutated(Array(bytes[12..<(bytes.count - 8)]))
      let forged = seal(Array(bytes[..<12]) + body)
      do {
        var session = try PagingSession(snapshot: forged)
        accepted += 1
        guard session.next < 1 << 40 else { continue }
        var world = SessionWorld(seed: 4)
        for _ in 0..<6 {
          do {
            world.take(try session.advance(world.batch(session)))
          } catch {
            break
          }
        }
      } catch {
        continue
      }
    }
    // Some changes are harmless (a reported cost, a digest).
    #expect(accepted > 0 && accepted < 1500)
  }

  /// CRC-64/XZ, bit by bit.
  private func seal(_ bytes: [UInt8]) -> [UInt8] {
    var crc = UInt64.max
    for byte in bytes {
      crc ^= UInt64(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xC96C_5795_D787_0F42 : crc >> 1 }
    }
    crc = ~crc
    return bytes + (0..<8).map { UInt8(truncatingIfNeeded: crc >> UInt64(8 * $0)) }
  }
}
