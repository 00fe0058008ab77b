import Compute
import TestSupport
import WeightedPaging

/// A small world around an engine: random requests with changing working sets, random weights,
/// Bernoulli costs reported late, early or not at all, as the mode allows.
struct EngineWorld {
  static let pages = 16
  var engine: PagingEngine
  private var random: SplitMix64
  private let weights: [Double]
  /// Dense index of each of the world's pages.
  private var index: [Int: Int] = [:]
  private var working: [Int] = []
  private var waiting: [(page: Int, cost: Double)] = []
  /// Costs taken, by dense page, in order.
  private(set) var samples = Array(repeating: [Double](), count: Self.pages)
  private(set) var physicalFetches = Array(repeating: 0, count: Self.pages)
  private(set) var virtualFetches = Array(repeating: 0, count: Self.pages)
  private(set) var decisions: [PagingEngine.Decision] = []
  private(set) var probes = 0
  private let scale: Double

  init(
    seed: UInt64, coins: UInt64 = 0,
    configure: (inout PagingEngine.Configuration) -> Void
  ) {
    var random = SplitMix64(seed: seed)
    var configuration = PagingEngine.Configuration(capacity: 1 + random.below(8))
    configure(&configuration)
    engine = PagingEngine(
      configuration, random: RandomGenerator(seed: seed ^ coins, stream: 3))
    scale = 1
    weights = (0..<Self.pages).map { _ in max(1e-3, random.uniform() * random.uniform()) }
    self.random = random
  }

  /// The next page to request, as a dense index; makes it known when it is new.
  mutating func nextPage() -> Int {
    if working.isEmpty || random.below(200) == 0 {
      working = (0..<(engine.configuration.capacity + 2)).map { _ in random.below(Self.pages) }
    }
    let page =
      random.below(8) == 0 ? random.below(Self.pages) : working[random.below(working.count)]
    if let known = index[page] { return known }
    let dense = engine.addPage(weight: weights[page])
    index[page] = dense
    return dense
  }

  mutating func serve(_ page: Int) {
    let before = (0..<engine.pageCount).map { engine.isVirtuallyPresent($0) }
    let decision = engine.request(page)
    decisions.append(decision)
    for p in before.indices where !before[p] && engine.isVirtuallyPresent(p) {
      virtualFetches[p] += 1
    }
    if !decision.hit {
      physicalFetches[page] += 1
      measure(page)
    }
    for _ in 0..<decision.probes {
      probes += 1
      measure(page)
    }
    deliver()
  }

  private mutating func measure(_ page: Int) {
    let weight = weights[(page * 7) % Self.pages]
    let cost = random.uniform() < weight ? scale : 0.01 * scale
    waiting.append((page, cost))
  }

  /// In mode `interface` at once, else late, out of order, some never.
  private mutating func deliver() {
    let prompt = engine.configuration.mode == .interface
    while let last = waiting.indices.last, prompt || random.below(3) > 0 {
      let item = waiting.remove(at: prompt ? 0 : random.below(last + 1))
      if !prompt && random.below(10) == 0 { continue }
      do {
        if try engine.report(item.cost, page: item.page) != .discarded {
          samples[item.page].append(item.cost)
        }
      } catch { return }
    }
  }
}
