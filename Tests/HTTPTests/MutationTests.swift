import HTTP
import TestSupport
import Testing

/// Random damage to good messages, a bounded run of what a fuzzer does: nothing traps, the machine
/// never asks for more than it was given, and any split of the bytes gives the same events.
@Suite struct MutationTests {
  private static let alphabet: [UInt8] = Array("\r\n\0 \t:;,/?%0fX\"\u{7F}".utf8) + [0x80, 0xFF]

  private func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let position = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[position] = Self.alphabet.randomElement(using: &random) ?? 0
      case 1: bytes.insert(Self.alphabet.randomElement(using: &random) ?? 0, at: position)
      case 2: if bytes.count > 1 { bytes.remove(at: position) }
      default:
        let end = min(bytes.count, position + Int.random(in: 1...20, using: &random))
        bytes.insert(contentsOf: bytes[position..<end], at: position)
      }
    }
    return bytes
  }

  @Test(arguments: 0..<20)
  func givesTheSameEventsForAnySplitOfDamagedMessages(_ seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    for _ in 0..<150 {
      guard let example = ConformanceCase.all.randomElement(using: &random) else { return }
      let bytes = mutated(example.bytes, &random)
      let whole = MachineDriver.events([bytes[...]])
      let cut = Int.random(in: 0...bytes.count, using: &random)
      #expect(
        MachineDriver.events([bytes[..<cut], bytes[cut...]]) == whole,
        "\(example.name) \(bytes) at \(cut)")
      #expect(
        MachineDriver.events(bytes.indices.map { bytes[$0...$0] }) == whole,
        "\(example.name) \(bytes)")
    }
  }
}
