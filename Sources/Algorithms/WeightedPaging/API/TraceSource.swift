import Compute
import WeightedPaging

/// Where the requests of a simulation come from. A trace is made, and its pages are numbered, only
/// when the simulation runs: within the memory granted, and where it can be stopped.
struct TraceSource: Sendable {
  private enum Kind: Sendable {
    case listed([Int64])
    case generated(TraceGenerator, length: Int, random: RandomGenerator)
  }

  private let kind: Kind
  let requestCount: Int
  /// The number of pages where that is known, and a bound of it.
  let pageCount: Int?
  let pageBound: Int

  /// Up to so many requests the pages are counted at once.
  private static let countedAtOnce = 1 << 18

  init(numbers: [Int64]) {
    kind = .listed(numbers)
    requestCount = numbers.count
    pageCount = numbers.count <= Self.countedAtOnce ? Set(numbers).count : nil
    pageBound = pageCount ?? numbers.count
  }

  init(_ generator: PagingParameters.Generator, random: RandomGenerator) {
    kind = .generated(generator.trace, length: generator.length, random: random)
    requestCount = generator.length
    pageCount = nil
    pageBound = min(generator.length, generator.trace.pageBound(length: generator.length))
  }

  func trace(_ context: ComputeContext) throws(ComputationStopped) -> PagingTrace {
    switch kind {
    case .listed(let numbers): try PagingTrace(numbers: numbers, context: context)
    case .generated(let generator, let length, let random):
      try PagingTrace(
        numbers: try generator.generate(length: length, random: random, context: context),
        context: context)
    }
  }

  /// The first page that a list of weights by page number does not reach, if any.
  func pageBeyond(_ count: Int) -> Int64? {
    switch kind {
    case .listed(let numbers): numbers.first { $0 < 0 || $0 >= count }
    case .generated(let generator, let length, _):
      generator.pageBound(length: length) > count ? Int64(count) : nil
    }
  }
}
