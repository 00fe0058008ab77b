import TestSupport

extension SplitMix64 {
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
  mutating func below(_ n: Int) -> Int { Int(next() % UInt64(n)) }
}
