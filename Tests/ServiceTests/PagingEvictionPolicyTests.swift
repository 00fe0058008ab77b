import Jobs
import Service
import TestSupport
import Testing

/// The service's own algorithm as the policy of its cache.
@Suite struct PagingEvictionPolicyTests {
  @Test(arguments: [1_000, 20_000, 1 << 30])
  func choosesOnlyWhatIsThereAndMayGo(capacity: Int) {
    var policy = PagingEvictionPolicy(capacity: capacity)
    var random = SplitMix64(seed: 12)
    var held: Set<Int64> = []
    #expect(policy.victim { _ in true } == nil)
    for id in Int64(1)...600 {
      policy.inserted(
        CacheItem(
          id: id, bytes: 1 << Int.random(in: 0...12, using: &random),
          seconds: Double.random(in: 0...10, using: &random), algorithm: "a",
          question: UInt64.random(in: 0..<80, using: &random)))
      held.insert(id)
      for _ in 0..<3 { policy.hit(Int64.random(in: 1...id, using: &random)) }
      if id % 3 == 0, let one = held.sorted().randomElement(using: &random) {
        policy.removed(one)
        policy.removed(one)
        held.remove(one)
      }
      let victim = policy.victim { $0 % 2 == 0 }
      #expect(victim.map { held.contains($0) && $0 % 2 == 0 } ?? held.allSatisfy { $0 % 2 != 0 })
    }
    while let victim = policy.victim(where: { _ in true }) {
      #expect(held.remove(victim) != nil)
      policy.removed(victim)
    }
    #expect(held.isEmpty)
  }

  /// Results of one size, as the paper has them, a few of which cost a thousand times the others.
  private static func trace(seed: UInt64, sizes: ClosedRange<Int>) -> [CacheTraceEntry] {
    var random = SplitMix64(seed: seed)
    let items = (0..<300).map { index in
      CacheTraceEntry(
        key: "\(index)", bytes: Int.random(in: sizes, using: &random),
        seconds: index % 10 == 3 ? 100 : 0.1)
    }
    return (0..<6000).map { _ in
      let uniform = Double.random(in: 0..<1, using: &random)
      return items[Int(300 * uniform * uniform)]
    }
  }

  @Test func paysLessThanLRUWhereCostsDiffer() {
    let trace = Self.trace(seed: 3, sizes: 1000...1000)
    let capacity = 30_000
    let lru = CacheReplay.run(trace, capacity: capacity, policy: LRUPolicy())
    let paging = CacheReplay.run(
      trace, capacity: capacity, policy: PagingEvictionPolicy(capacity: capacity))
    #expect(paging.computedSeconds < 0.7 * lru.computedSeconds, "\(paging) \(lru)")
  }

  @Test func copesWithResultsOfManySizes() {
    let trace = Self.trace(seed: 4, sizes: 1...1_000_000)
    let capacity = 15_000_000
    let none = CacheReplay.run(
      trace, capacity: 1, policy: PagingEvictionPolicy(capacity: 1))
    #expect(none.hits == 0 && none.computedRatio == 1)
    let paging = CacheReplay.run(
      trace, capacity: capacity, policy: PagingEvictionPolicy(capacity: capacity))
    let lru = CacheReplay.run(trace, capacity: capacity, policy: LRUPolicy())
    #expect(paging.computedSeconds < lru.computedSeconds, "\(paging) \(lru)")
  }

  @Test func theSameTraceGivesTheSameDecisions() {
    let trace = Self.trace(seed: 5, sizes: 100...5000)
    let runs = (0..<2).map { _ in
      CacheReplay.run(trace, capacity: 60_000, policy: PagingEvictionPolicy(capacity: 60_000))
    }
    #expect(runs[0] == runs[1])
  }
}
