public import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Request sequences with known structure.
public enum TraceGenerator: Sendable, Equatable {
  /// Page r with probability proportional to `(r+1)^-exponent`.
  case zipf(pages: Int, exponent: Double)
  /// Every page equally likely.
  case uniform(pages: Int)
  /// 0, 1, …, pages - 1, 0, 1, …: the worst case of recency.
  case loop(pages: Int)
  /// Uniform over a working set that is drawn anew after every `length` requests.
  case phases(pages: Int, working: Int, length: Int)
  /// Yao's distribution against caches of `capacity`: uniform over capacity + 1 pages, never the one
  /// just requested.
  case adversary(capacity: Int)

  /// Pages that a trace of `length` requests can have at most: 0 ..< this.
  public func pageBound(length: Int) -> Int {
    switch self {
    case .zipf(let pages, _), .uniform(let pages), .phases(let pages, _, _): pages
    case .loop(let pages): min(pages, length)
    case .adversary(let capacity): capacity + 1
    }
  }

  /// `length` page numbers. O(length log pages); asks the context every few milliseconds.
  public func generate(
    length: Int, random: RandomGenerator, context: ComputeContext = ComputeContext()
  ) throws(ComputationStopped) -> [Int64] {
    var random = random
    var numbers: [Int64] = []
    numbers.reserveCapacity(length)
    func fill(_ next: (Int) -> Int64) throws(ComputationStopped) {
      while numbers.count < length {
        try context.checkpoint()
        for t in numbers.count..<min(length, numbers.count + Self.block) { numbers.append(next(t)) }
      }
    }
    switch self {
    case .zipf(let pages, let exponent):
      let cumulative = try Self.cumulative(pages, exponent, context)
      let sum = cumulative[pages - 1]
      try fill { _ in Int64(Self.search(cumulative, random.uniform() * sum)) }
    case .uniform(let pages): try fill { _ in Int64(random.below(pages)) }
    case .loop(let pages): try fill { Int64($0 % pages) }
    case .phases(let pages, let working, let phase):
      var set: [Int64] = []
      try fill { t in
        if t % phase == 0 { set = Self.subset(of: pages, size: working, random: &random) }
        return set[random.below(working)]
      }
    case .adversary(let capacity):
      var last = capacity
      try fill { _ in
        let page = random.below(capacity)
        last = page < last ? page : page + 1
        return Int64(last)
      }
    }
    return numbers
  }

  /// Requests (or pages) between two questions whether to go on.
  private static let block = 1 << 16

  /// Sums of `(r+1)^-exponent`, r = 0 ..< pages.
  private static func cumulative(
    _ pages: Int, _ exponent: Double, _ context: ComputeContext
  ) throws(ComputationStopped) -> [Double] {
    var cumulative: [Double] = []
    cumulative.reserveCapacity(pages)
    var sum = 0.0
    for rank in 1...pages {
      if rank % block == 0 { try context.checkpoint() }
      sum += pow(Double(rank), -exponent)
      cumulative.append(sum)
    }
    return cumulative
  }

  /// The first index whose cumulative sum exceeds `value`.
  private static func search(_ cumulative: [Double], _ value: Double) -> Int {
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Floyd's sampling without replacement.
  private static func subset(
    of pages: Int, size: Int, random: inout RandomGenerator
  ) -> [Int64] {
    var chosen: Set<Int> = []
    var list: [Int64] = []
    for top in (pages - size)..<pages {
      let candidate = random.below(top + 1)
      let page = chosen.insert(candidate).inserted ? candidate : top
      if page == top { chosen.insert(top) }
      list.append(Int64(page))
    }
    return list
  }
}
