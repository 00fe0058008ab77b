public import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where the true weights of a simulation come from.
public enum PageWeights: Sendable, Equatable {
  case constant(Double)
  /// Logarithm uniform in `low … high`, drawn by page.
  case logUniform(low: Double, high: Double)
  /// `0.01 + 0.99 ((page * 2654435761 mod 2^32) / 2^32)`: the formula of the shared traces.
  case formula
  /// By page number.
  case listed([Double])

  /// The greatest weight there can be; nil where that takes a look at the list.
  public var greatest: Double? {
    switch self {
    case .constant(let weight): weight
    case .logUniform(_, let high): high
    case .formula: 1
    case .listed: nil
    }
  }

  /// A page number that `listed` has no weight for.
  public struct MissingWeight: Error, Equatable, Sendable {
    public let page: Int64
  }

  /// One weight a dense page of the trace.
  public func weights(
    for trace: PagingTrace, random: RandomGenerator
  ) throws(MissingWeight) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(trace.pageCount)
    var random = random
    for page in trace.numbers {
      switch self {
      case .constant(let weight): result.append(weight)
      case .logUniform(let low, let high):
        result.append(exp(log(low) + random.uniform() * (log(high) - log(low))))
      case .formula:
        let mixed = UInt32(truncatingIfNeeded: page) &* 2_654_435_761
        result.append(0.01 + 0.99 * (Double(mixed) / 0x1p32))
      case .listed(let list):
        guard page >= 0, page < list.count else { throw MissingWeight(page: page) }
        result.append(list[Int(page)])
      }
    }
    return result
  }
}
