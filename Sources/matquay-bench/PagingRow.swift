import Compute
import WeightedPaging

/// One row of the paging benchmark: a trace, a capacity, weights and policies.
struct PagingRow {
  /// Where the requests come from.
  enum Source {
    /// A file of the traces folder.
    case file(String)
    case generated(TraceGenerator, length: Int)
  }

  let name: String
  let source: Source
  let capacity: Int
  let weights: PageWeights
  let policies: [PagingPolicy]

  private static let learning: [PagingPolicy] = [
    .lru, .lfu, .marking, .landlordMean, .gdsfMean, .bbn, .owp, .owpFrequency,
  ]
  private static let log = PageWeights.logUniform(low: 0.01, high: 1)

  static let all = [
    PagingRow(
      name: "web07_200", source: .file("web07"), capacity: 200, weights: log,
      policies: learning),
    PagingRow(
      name: "web07_1000", source: .file("web07"), capacity: 1000, weights: log,
      policies: learning),
    PagingRow(
      name: "web12_200", source: .file("web12"), capacity: 200, weights: log,
      policies: learning),
    PagingRow(
      name: "zipf_100",
      source: .generated(.zipf(pages: 2000, exponent: 0.8), length: 100_000), capacity: 100,
      weights: log, policies: learning),
    PagingRow(
      name: "loop17_16", source: .generated(.loop(pages: 17), length: 20_000), capacity: 16,
      weights: .constant(1), policies: learning),
    PagingRow(
      name: "loop60_50", source: .generated(.loop(pages: 60), length: 20_000), capacity: 50,
      weights: .constant(1), policies: learning),
    PagingRow(
      name: "uniform51", source: .generated(.uniform(pages: 51), length: 20_000), capacity: 50,
      weights: .constant(1), policies: learning),
    PagingRow(
      name: "uniform51_log", source: .generated(.uniform(pages: 51), length: 20_000),
      capacity: 50, weights: log, policies: learning),
  ]

  /// Every request a hit but for the first of each page.
  static let hits = PagingRow(
    name: "hits", source: .generated(.loop(pages: 200), length: 3_000_000), capacity: 200,
    weights: .constant(1), policies: [.owp])

  /// The requests; nil where the file is not there.
  func trace(folder: String) -> PagingTrace? {
    switch source {
    case .generated(let generator, let length):
      let random = RandomGenerator(seed: 7, stream: 9)
      // Nobody stops it.
      return (try? generator.generate(length: length, random: random)).map {
        PagingTrace(numbers: $0)
      }
    case .file(let file):
      guard let reader = ChildProcess.start(["gzip", "-dc", "\(folder)/\(file).txt.gz"]) else {
        return nil
      }
      let numbers = reader.finish().text.split(separator: "\n").compactMap { Int64($0) }
      return numbers.isEmpty ? nil : PagingTrace(numbers: numbers)
    }
  }
}
