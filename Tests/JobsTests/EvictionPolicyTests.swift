import Foundation
import Jobs
import TestSupport
import Testing

@Suite("Eviction policies")
struct EvictionPolicyTests {
  @Test(arguments: BuiltInPolicy.allCases)
  func everyPolicyChoosesOnlyWhatIsThereAndMayGo(_ kind: BuiltInPolicy) {
    var policy = kind.make()
    var random = SplitMix64(seed: 11)
    var held: Set<Int64> = []
    #expect(policy.victim { _ in true } == nil)
    for id in Int64(1)...400 {
      policy.inserted(
        CacheItem(
          id: id, bytes: Int.random(in: 1...1000, using: &random),
          seconds: Double.random(in: 0...10, using: &random), algorithm: "a"))
      held.insert(id)
      for _ in 0..<3 { policy.hit(Int64.random(in: 1...id, using: &random)) }
      if id % 3 == 0, let one = held.randomElement(using: &random) {
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

  @Test
  func lruGivesUpWhatWasUnusedLongest() {
    var policy = LRUPolicy()
    for id in Int64(1)...3 { policy.inserted(item(id)) }
    policy.hit(1)
    #expect(policy.victim { _ in true } == 2)
    #expect(policy.victim { $0 != 2 } == 3)
  }

  @Test
  func gdsfWeighsCostSizeAndUse() {
    var policy = GDSFPolicy()
    policy.inserted(item(1, bytes: 100, seconds: 1))
    policy.inserted(item(2, bytes: 100, seconds: 2))
    policy.inserted(item(3, bytes: 400, seconds: 2))
    #expect(policy.victim { _ in true } == 3)
    policy.hit(3)
    policy.hit(3)
    #expect(policy.victim { _ in true } == 1)
  }

  @Test
  func gdsfLetsOldFavouritesAge() {
    var policy = GDSFPolicy()
    policy.inserted(item(1, bytes: 1, seconds: 5))
    var id: Int64 = 1
    repeat {
      id += 1
      policy.inserted(item(id, bytes: 1, seconds: 1))
      policy.removed(policy.victim { _ in true } ?? 0)
    } while id < 20
    #expect(policy.victim { $0 == 1 } == nil)
  }

  @Test
  func aReplayCountsWhatIsComputed() {
    let trace = ["a", "b", "a", "c", "a", "b"].map {
      CacheTraceEntry(key: $0, bytes: 10, seconds: $0 == "a" ? 4 : 1)
    }
    let lru = CacheReplay.run(trace, capacity: 20, policy: LRUPolicy())
    #expect(lru.requests == 6 && lru.hits == 2)
    #expect(lru.computedSeconds == 7 && lru.totalSeconds == 15)
    let none = CacheReplay.run(trace, capacity: 9, policy: GDSFPolicy())
    #expect(none.hits == 0 && none.computedRatio == 1)
    let all = CacheReplay.run(trace, capacity: 30, policy: GDSFPolicy())
    #expect(all.hits == 3 && all.computedSeconds == 6)
  }

  @Test
  func costAwarenessPaysOnASkewedTrace() {
    var random = SplitMix64(seed: 5)
    let items = (0..<200).map { index in
      CacheTraceEntry(
        key: "\(index)", bytes: 1000 + Int.random(in: 0...100_000, using: &random),
        seconds: exp(Double.random(in: -6...4, using: &random)))
    }
    let trace = (0..<4000).map { _ in
      items[Int(200 * pow(Double.random(in: 0..<1, using: &random), 3))]
    }
    let capacity = items.reduce(0) { $0 + $1.bytes } / 10
    let lru = CacheReplay.run(trace, capacity: capacity, policy: LRUPolicy())
    let gdsf = CacheReplay.run(trace, capacity: capacity, policy: GDSFPolicy())
    #expect(gdsf.computedRatio < lru.computedRatio)
  }

  private func item(_ id: Int64, bytes: Int = 1, seconds: Double = 1) -> CacheItem {
    CacheItem(id: id, bytes: bytes, seconds: seconds, algorithm: "a")
  }
}
